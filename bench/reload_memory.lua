--- Memory of the developer loop over many reloads: RELOADS saves (10,000), one after the other,
--- and the resident size of the process in between.  Of four kinds in turn: a test that passes, one
--- that fails, a file that cannot be read, a template; with every fifth a Lua test is saved, too.
local compare = require("compare")

local clnrm = assert(os.getenv("CLNRM"))
local RELOADS = math.tointeger(tonumber(os.getenv("RELOADS") or "10000"))
local GROWTH_MAX_KB = 2048 -- from the first tenth to the end

local root = io.popen("realpath '" .. compare.directory("reload-memory") .. "'"):read("l")
local dir = root .. "/project"
assert(os.execute("mkdir -p '" .. dir .. "'"))

local function put(name, text)
  local path = dir .. "/" .. name
  compare.write(path .. ".tmp", text)
  assert(os.rename(path .. ".tmp", path))
end

local KINDS = {
  '# %d\n[meta]\nname = "t"\n[[steps]]\nname = "s"\ncommand = ["/bin/true"]\n',
  '# %d\n[meta]\nname = "t"\n[[steps]]\nname = "s"\ncommand = ["/bin/false"]\n',
  '# %d\n[meta\n',
  '# %d\n[meta]\nname = "t"\n{%% for i in range(end=3) %%}[[steps]]\nname = "s{{ i }}"\n'
    .. 'command = ["/bin/true"]\n{%% endfor %%}',
}

local function lua_test(n)
  return ('local clnrm = require("clnrm") -- %d\nclnrm.test("l", function(t)\n'
    .. "  clnrm.expect(1 + 1):equals(2)\nend)\n"):format(n)
end

put("t.clnrm.toml", KINDS[1]:format(0))
put("l.clnrm.lua", lua_test(0))
local pipe = io.popen(("echo $$; exec env -C '%s' HOME='%s' '%s' run --watch -f events --no-record "
  .. "--debounce-ms 2 2>/dev/null </dev/null"):format(dir, root, clnrm), "r")
local pid = pipe:read("l")

local function await_end()
  for line in pipe:lines() do
    if line:find('"event":"reload_end"', 1, true) and not line:find('"interrupted":"save"', 1, true)
    then
      return
    end
  end
  error("the loop has ended")
end

local function rss_kb()
  local f = assert(io.open("/proc/" .. pid .. "/status"))
  local kb = f:read("a"):match("VmRSS:%s*(%d+)")
  f:close()
  return math.tointeger(tonumber(kb))
end

await_end()
local first
print("reloads  RSS kB")
for n = 1, RELOADS do
  put("t.clnrm.toml", KINDS[n % #KINDS + 1]:format(n))
  if n % 5 == 0 then
    put("l.clnrm.lua", lua_test(n))
  end
  await_end()
  if n % (RELOADS // 10) == 0 then
    print(("%7d  %6d"):format(n, rss_kb()))
    first = first or rss_kb()
  end
end
local growth = rss_kb() - first
os.execute("kill -INT " .. pid)
print(("growth from a tenth of them to all: %d kB"):format(growth))
assert(growth <= GROWTH_MAX_KB, "it grows")
