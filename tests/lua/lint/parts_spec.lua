--- Lint in several processes: the same is told, whatever becomes of the others.
local cache = require("engine.lint.cache")
local fs = require("core.fs")
local lint = require("engine.lint")
local parts = require("engine.lint.parts")
local proc = require("core.proc")
local run = require("engine.lint.run")
local task = require("core.task")

local COUNT = 30
local HEAD = '[meta]\nname = "a"\n[[steps]]\nname = "s"\n'
local TEXTS = {
  HEAD .. 'command = ["ls", "/"]\n',
  HEAD .. 'command = ["ls /"]\n',                                   -- with a fix
  HEAD .. 'command = "sleep 9" # clnrm: ignore[L301] it settles\n', -- suppressed
  HEAD .. "comand = 1\n",                                           -- refused
  "[meta\n",
}

describe("engine.lint.parts", function()
  local dir, entries

  before_each(function()
    dir, entries = assert(fs.tempdir()), {}
    for i = 1, COUNT do
      local path = ("%s/t%02d.clnrm.toml"):format(dir, i)
      assert(fs.write_atomic(path, TEXTS[i % #TEXTS + 1] .. ("# %d\n"):format(i)))
      entries[i] = { file = "shown/" .. i, path = path, project_dir = dir }
    end
    entries[COUNT].path = dir .. "/gone.clnrm.toml"
  end)

  after_each(function()
    assert(fs.remove_tree(dir))
  end)

  --- The processes that were started for parts and have not ended.  One that has just begun has no
  --- words yet: the kernel lets its parent go on before it puts them down.
  local function others()
    local list = {}
    local text = assert(io.open(("/proc/self/task/%s/children"):format(
      assert(fs.readlink("/proc/self"))))):read("a")
    for pid in text:gmatch("%d+") do
      local line, number = io.open(("/proc/%s/cmdline"):format(pid)), math.tointeger(tonumber(pid))
      local words = line and line:read("a") or ""
      if proc.start_time(number) and (words == "" or words:find("--lint-part", 1, true)) then
        list[#list + 1] = number
      end
    end
    return list
  end

  local function signal(number)
    for _, pid in ipairs(others()) do
      local began = proc.start_time(pid)
      if began then
        proc.signal_pid(pid, began, number)
      end
    end
  end

  --- Makes the files so many that no process is through when it is looked for.
  local function take_many()
    for i = COUNT + 1, 100 * COUNT do
      entries[i] = entries[(i - 1) % COUNT + 1]
    end
  end

  --- Lints all in three processes; `meanwhile` is called once they are started.  Returns what is
  --- told, and how many files were done here.
  local function told(build, meanwhile)
    local linter, here = assert(lint.new({})), 0
    local list = parts.lint(entries, 3, { build = build, settings = {} }, function(entry)
      if here == 0 then
        meanwhile()
      end
      here = here + 1
      return run.outcome(linter, entry, {})
    end)
    for _, outcome in ipairs(list) do
      outcome.is_broken = outcome.is_broken or nil
    end
    return list, here
  end

  local function until_ended()
    for _ = 1, 3000 do
      task.sleep(10)
      if #others() == 0 then
        task.sleep(10) -- a turn in which what they have written last is read
        return
      end
    end
    error("a part has not ended")
  end

  local function alone()
    return (told("another program", until_ended))
  end

  it("tells what one process tells, in the order of the files", function()
    local list, here = told(cache.program(), until_ended)
    assert.same(alone(), list)
    assert.equal(COUNT / 3, here) -- the others did theirs
    assert.equal("L004", list[1].list[1].code)
    assert.equal("shown/1", list[1].list[1].file)
    assert.equal("E001", list[COUNT].list[1].code)
  end)

  it("does all itself where the others are another program", function()
    local list, here = told("another program", until_ended)
    assert.equal(COUNT, here)
    assert.equal(COUNT, #list)
  end)

  it("does what a process has not done that is killed", function()
    take_many()
    local list, here = told(cache.program(), function()
      signal(9)
      until_ended()
    end)
    assert.is_true(here > #entries / 3)
    local wanted = alone()
    for i = 1, #entries, 7 do
      assert.same(wanted[i], list[i])
    end
    assert.equal(#entries, #list)
  end)

  it("does what cannot be told byte for byte", function()
    assert(fs.write_atomic(entries[2].path, "x = 1\xff\n"))
    local list, here = told(cache.program(), until_ended)
    assert.equal(COUNT / 3 + 1, here)
    assert.equal("x = 1\xff\n", list[2].shown)
    entries[2].file = "odd\xff" -- which cannot even be asked
    list, here = told(cache.program(), until_ended)
    assert.equal(COUNT * 2 / 3, here)
    assert.equal("odd\xff", list[2].list[1].file)
  end)

  it("leaves no process behind when it is cancelled", function()
    take_many()
    local running = task.spawn(function()
      told(cache.program(), function()
        signal(19) -- stopped, it does not end by itself
        error("enough")
      end)
    end)
    assert.is_false((pcall(running.join, running)))
    local ok = pcall(until_ended)
    signal(9)
    assert.is_true(ok)
  end)

  it("takes a process for each processor that has enough to do, and no more", function()
    assert.equal(1, parts.count(2 * parts.BYTES_EACH - 1))
    assert.equal(math.min(2, proc.cores()), parts.count(2 * parts.BYTES_EACH))
    assert.is_true(parts.count(1 << 40) <= math.min(proc.cores(), parts.PROCESSES_MAX))
  end)
end)
