--- Whose time it is in which rooms are made: never that of a test, which has its own for its steps.
--- The clock of these runs goes on by what is made and what is run, and by nothing else.
package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
local deadlines = require("engine.run.deadlines")
local clock = require("engine.run.clock")
local core = require("core.task")
local fake = require("run.fake")

local ROOM_MS, COMMAND_MS, LIMIT_MS = 10000, 8, 500

local ms, now = clock.ms, nil

before_each(function()
  now = 0
  function clock.ms()
    return now
  end
end)

after_each(function()
  clock.ms = ms
end)

--- Runs a file with two scenarios, one after the other unless `opts` says otherwise; returns what
--- became of them by name, and the rooms that were made.
local function run(suite, about, script, opts)
  suite.services, suite.hooks = {}, { before_all = fake.hook("before_all"), has_module = true }
  local scenarios, ends, made = {}, {}, 0
  for i, name in ipairs({ "first", "second" }) do
    scenarios[i] = { name = name, steps = { "true" }, is_shared = about.is_shared,
      timeout_ms = about.timeout_ms }
  end
  script.open = function()
    made = made + 1
    now = now + (made <= (about.slow or made) and ROOM_MS or 0)
  end
  local exec = script.exec or function()
    now = now + COMMAND_MS
    return fake.result()
  end
  script.exec = function(spec)
    assert.is_true(spec.argv[1] ~= "true" or spec.timeout_ms <= LIMIT_MS)
    return exec(spec)
  end
  local _, events = fake.run(fake.plan(scenarios, suite), script, opts)
  for _, event in ipairs(events) do
    if event.event == "scenario_end" then
      local failure = event.failures[1]
      ends[event.name] = { event.verdict, event.duration_ms, failure and failure.message }
    end
  end
  return ends, made
end

local COPY = { project = "copy", env = {}, inherit_env = {} }

--- A first scenario waits for before_all, which is a command as well.
local WANTED = { first = { "pass", 2 * COMMAND_MS }, second = { "pass", COMMAND_MS } }

describe("the time in which a room is made is not that of a test", function()
  for whose, about in pairs({
    ["its own"] = { suite = {}, scenario = { timeout_ms = LIMIT_MS } },
    ["its file's"] = { suite = { timeout_ms = LIMIT_MS }, scenario = {} },
  }) do
    local function suite_of(room)
      return { room = room, timeout_ms = about.suite.timeout_ms }
    end

    it("whose room is behind before_all; it has a limit of " .. whose, function()
      local ends, made = run(suite_of(COPY), about.scenario, {})
      assert.same(WANTED, ends)
      assert.equal(3, made)
    end)

    it("whose room is that of its file; it has a limit of " .. whose, function()
      local ends, made = run(suite_of(), { is_shared = true,
        timeout_ms = about.scenario.timeout_ms }, {})
      assert.same(WANTED, ends)
      assert.equal(1, made)
    end)
  end

  it("whose room is made again behind before_all", function()
    local is_moved = false
    local ends, made = run({}, { timeout_ms = LIMIT_MS }, {
      exec = function(spec)
        now = now + COMMAND_MS
        is_moved = is_moved or spec.argv[1] == "before_all"
        return fake.result()
      end,
      is_moved = function(room)
        return is_moved and not room.is_new
      end,
      made = function(room)
        room.is_new = is_moved
      end,
    }, { ahead = 0 })
    assert.same(WANTED, ends)
    assert.equal(4, made)
  end)

  for of, suite in pairs({ ["its own"] = { room = COPY },
    ["its file's"] = { room = COPY, timeout_ms = LIMIT_MS } }) do
    it("which waits for another that has begun to make it; it has a limit of " .. of, function()
      local ends = run(suite, { slow = 1, timeout_ms = not suite.timeout_ms and LIMIT_MS or nil }, {
        exec = function()
          core.yield()
          now = now + COMMAND_MS
          return fake.result()
        end,
      }, { jobs = 2 })
      assert.same({ "pass", "pass" }, { ends.first[1], ends.second[1] },
        ends.first[3] or ends.second[3])
    end)
  end

  it("and what is run in it is", function()
    local ends = run({ room = COPY }, { timeout_ms = LIMIT_MS }, {
      exec = function()
        now = now + LIMIT_MS + 1
        return fake.result()
      end,
    })
    assert.same({ "timeout", LIMIT_MS + 1 }, { ends.second[1], ends.second[2] })
  end)

  it("goes on behind a room whose making raised", function()
    local suite = { timeout_ms = 1000 }
    local own, cx = { file_deadlines = {} }, { course = {}, scenario = { suite = suite } }
    deadlines.begin(own, cx)
    assert.is_false(pcall(deadlines.making, own, suite, 1, error, "raised"))
    assert.equal(0, own.file_deadlines[suite][1].making)
  end)
end)
