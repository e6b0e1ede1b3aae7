--- Checks who may use whom: `#include` in C, `require` in Lua.
---
--- docs/architecture.md quotes the two tables below.
---
--- usage: lua5.4 tests/tools/layers.lua [ROOT]     prints each breach, exits 1 when there is one

local root = arg[1] or "."

-- Folder of a C file -> folders of project headers it may include; `libraries` and `lua` say which
-- foreign headers it may see.
local C = {
  { dir = "src/base", uses = { "base" } },
  { dir = "src/agent", uses = { "agent", "base" } },
  { dir = "src/core", uses = { "core", "base" }, libraries = "all" },
  { dir = "src/plugin", uses = { "plugin", "core", "base" }, libraries = "all" },
  { dir = "src/bind", uses = { "bind", "core", "base" }, libraries = { "uv.h" }, lua = true },
  { dir = "src/main.c", uses = { "bind", "core", "base" }, lua = true },
}

-- Folder of a Lua file -> patterns of the modules it may require.
local LUA = {
  { dir = "lua/engine", uses = { "^engine%.", "^builtin%.engine%.", "^clnrm%.?", "^core%." } },
  { dir = "stdlib/clnrm", uses = { "^clnrm%.?", "^core%." } },
}

-- Folders whose looks at files are counted by core.fs.calls(): what is read here has a say in what
-- is kept of a test file (engine.outline).
local COUNTED = { "lua/engine/template", "lua/engine/model" }
local UNCOUNTED = { "io%.open", "io%.lines", "io%.popen", "io%.input", "loadfile", "dofile" }

local LUA_HEADERS = { ["lua.h"] = true, ["lauxlib.h"] = true, ["lualib.h"] = true }

-- What libc and the kernel bring; any other <header> belongs to a library.
local SYSTEM = {}
for name in ([[
  assert ctype dirent dlfcn endian errno fcntl fnmatch getopt glob grp inttypes langinfo libgen
  limits link locale math poll pthread pty pwd sched semaphore setjmp signal spawn stdalign stdarg
  stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings syscall termios time
  ucontext unistd wchar wctype
]]):gmatch("%w+") do
  SYSTEM[name .. ".h"] = true
end
local SYSTEM_DIRS = {}
for name in ("sys linux asm net netinet arpa"):gmatch("%w+") do
  SYSTEM_DIRS[name] = true
end

local breaches = {}

local function breach(file, line, text)
  breaches[#breaches + 1] = ("%s:%d: %s"):format(file, line, text)
end

local function files_in(dir, pattern)
  local list = {}
  local command = "cd '%s' && find '%s' -type f 2>/dev/null | LC_ALL=C sort"
  local pipe = assert(io.popen(command:format(root, dir)))
  for file in pipe:lines() do
    if file:match(pattern) then
      list[#list + 1] = file
    end
  end
  pipe:close()
  return list
end

local function contains(list, value)
  for _, entry in ipairs(list) do
    if entry == value then
      return true
    end
  end
  return false
end

local function check_system_header(layer, file, number, header)
  if LUA_HEADERS[header] then
    if not layer.lua then
      breach(file, number, ("<%s>: only src/bind and src/main.c know Lua"):format(header))
    end
  elseif not (SYSTEM[header] or SYSTEM_DIRS[header:match("^(%w+)/")]) then
    local allowed = layer.libraries
    if not (allowed == "all" or (allowed and contains(allowed, header))) then
      breach(file, number, ("<%s>: library headers belong in src/core"):format(header))
    end
  end
end

local function check_c(layer)
  for _, file in ipairs(files_in(layer.dir, "%.[chi]n?c?$")) do
    local number = 0
    for line in io.lines(root .. "/" .. file) do
      number = number + 1
      local quoted = line:match('^%s*#%s*include%s*"([^"]+)"')
      local angled = line:match("^%s*#%s*include%s*<([^>]+)>")
      if quoted then
        local folder = quoted:match("^([^/]+)/") or "?"
        if not contains(layer.uses, folder) then
          breach(file, number, ('"%s": %s may use %s only'):format(
            quoted, layer.dir, table.concat(layer.uses, ", ")))
        end
      elseif angled then
        check_system_header(layer, file, number, angled)
      end
    end
  end
end

local function may_require(layer, module)
  for _, pattern in ipairs(layer.uses) do
    if module:match(pattern) then
      return true
    end
  end
  return false
end

local function check_lua(layer)
  for _, file in ipairs(files_in(layer.dir, "%.lua$")) do
    local number = 0
    for line in io.lines(root .. "/" .. file) do
      number = number + 1
      local code = line:gsub("%-%-.*$", "")
      for module in code:gmatch("require%s*%(?%s*[\"']([^\"']+)[\"']") do
        if not may_require(layer, module) then
          breach(file, number, ("require %q: not allowed in %s"):format(module, layer.dir))
        end
      end
    end
  end
end

local function check_counted(dir)
  for _, file in ipairs(files_in(dir, "%.lua$")) do
    local number = 0
    for line in io.lines(root .. "/" .. file) do
      number = number + 1
      local code = line:gsub("%-%-.*$", "")
      for _, name in ipairs(UNCOUNTED) do
        local found = code:match("%f[%w_]" .. name .. "%f[^%w_]")
        if found then
          breach(file, number, ("%s: read by core.fs in %s, which counts"):format(found, dir))
        end
      end
    end
  end
end

for _, layer in ipairs(C) do
  check_c(layer)
end
for _, layer in ipairs(LUA) do
  check_lua(layer)
end
for _, dir in ipairs(COUNTED) do
  check_counted(dir)
end
for _, text in ipairs(breaches) do
  print(text)
end
os.exit(#breaches == 0)
