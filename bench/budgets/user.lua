--- Budgets of somebody's first minute: a project is made, the loop is started in it, the first
--- verdict is there.
local clock = require("core.clock")
local compare = require("compare")
local dev_loop = require("dev_loop")
local json = require("core.json")

local clnrm = assert(os.getenv("CLNRM"))
local USERS = 20

---@param sheet bench.budgets.Sheet
return function(sheet)
  local root = io.popen("realpath '" .. compare.directory("budgets-user") .. "'"):read("l")
  local init, begun, first, shown, total = {}, {}, {}, {}, {}
  for i = 1, USERS do
    local home = ("%s/%d"):format(root, i)
    assert(os.execute("mkdir " .. home))
    local began = clock.now()
    assert(os.execute(("HOME=%s %s init -q %s/demo >/dev/null"):format(home, clnrm, home)))
    init[i] = clock.now() - began
    local start = clock.now()
    local pipe, pid = dev_loop.start(("env -C %s/demo HOME=%s %s dev -f events"):format(home, home,
      clnrm))
    local last, began_ms
    for line in pipe:lines() do
      local now = clock.now()
      begun[i] = begun[i] or now - start
      local name = line:match('"event":"([%a_]+)"')
      if name == "reload_begin" then
        began_ms = json.decode(line).began_ms
      elseif name == "scenario_end" then
        assert(json.decode(line).verdict == "pass", line)
        first[i] = first[i] or now - start
        last = last or now
      elseif name == "reload_end" then
        -- one clock for both processes: from the verdict there to its line read here
        shown[i] = last - math.floor((began_ms + json.decode(line).stages.first) * 1e6)
        break
      end
    end
    total[i] = last - began
    os.execute("kill -INT " .. pid)
    pipe:close()
  end
  sheet:time("new_user_experience: init", init, 2000)
  sheet:time("new_user_experience: dev start, to its first line", begun, 3000)
  sheet:time("new_user_experience: first test, from dev start to its verdict", first, 30000)
  sheet:time("new_user_experience: display, from a verdict to its line read", shown, 1000)
  sheet:time("new_user_experience: all of it", total, 60000)
end
