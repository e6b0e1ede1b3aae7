local world = require("engine.codes.world")

local ROOT = os.getenv("CLNRM_ROOT") or "."

local function read(path)
  local f = assert(io.open(path))
  local text = f:read("a")
  f:close()
  return text
end

--- Calls `visit` with the path and the text of each source file below a folder.
local function each_file(folder, pattern, visit)
  local pipe = assert(io.popen(("find '%s/%s' -name '%s'"):format(ROOT, folder, pattern)))
  for path in pipe:lines() do
    visit(path, read(path))
  end
  pipe:close()
end

--- The names of the kernel's error numbers.
local function kernel_codes()
  local names = {}
  for _, header in ipairs({ "errno-base.h", "errno.h" }) do
    for name in read("/usr/include/asm-generic/" .. header):gmatch("#define%s+(E%u[%u%d]*)%s") do
      names[name] = true
    end
  end
  names.ECANCELED = true
  return names
end

local function codes_of_status()
  local names = {}
  for name in read(ROOT .. "/src/base/status.h"):gmatch("\n%s*X%((%u[%u%d_]*), %-%d+") do
    names[name] = "src/base/status.h"
  end
  return names
end

--- Every code that a source file spells out, with the file.
local function used_codes()
  local used = codes_of_status()
  local function note(code, path)
    if code then -- else it is not spelt out there
      used[code] = path
    end
  end
  each_file("src/bind", "*.c", function(path, text)
    for arguments in text:gmatch("clnrm_failf(%b())") do
      note(arguments:match('^%(L, [^,]+, "(%u[%u%d_]+)"'), path)
    end
    for arguments in text:gmatch("clnrm_push_error(%b())") do
      note(arguments:match('"(E%u+)"'), path)
    end
    note(text:match('return name %? name : "(%u+)"'), path)
  end)
  for _, folder in ipairs({ "lua", "stdlib" }) do
    each_file(folder, "*.lua", function(path, text)
      for code in text:gmatch('code = "(%u[%u_]+)"') do
        used[code] = path
      end
      for code in text:gmatch('"(ENGINE_%u[%u_]+)"') do
        used[code] = path
      end
      for code in text:gmatch('return refuse%("(E%u+)"') do
        used[code] = path
      end
    end)
  end
  return used
end

describe("engine.codes.world", function()
  local kernel = kernel_codes()

  it("explains every code that is made, but those of the kernel", function()
    local count = 0
    for code, path in pairs(used_codes()) do
      count = count + 1
      assert.is_true(world[code] ~= nil or kernel[code] ~= nil, code .. ", made in " .. path)
    end
    assert.is_true(count > 12)
  end)

  it("explains no code that nothing makes", function()
    local used = used_codes()
    for code in pairs(world) do
      assert.is_truthy(used[code], code)
    end
  end)

  it("says it in whole sentences", function()
    for code, text in pairs(world) do
      assert.matches("^%u.*%.$", text, code)
    end
  end)
end)
