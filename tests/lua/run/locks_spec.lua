package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
local core = require("core.task")
local fake = require("run.fake")
local locks = require("engine.run.locks")
local queues = require("engine.run.queue")

--- Makes scenarios of "NAME: LOCK ~SHARED @GROUP".
local function scenarios(list)
  local out = {}
  for i, text in ipairs(list) do
    local name, needs = text:match("^(.-): ?(.*)$")
    local one = { name = name, id = name, steps = { name }, locks = {} }
    for word in needs:gmatch("%S+") do
      local kind, rest = word:match("^([~@]?)(.*)$")
      if kind == "@" then
        one.group = rest
      else
        one.locks[#one.locks + 1] = { name = rest, shared = kind == "~" or nil }
      end
    end
    out[i] = one
  end
  return out
end

local function queue_of(list, opts, rounds)
  local items = scenarios(list)
  return queues.new(items, { locks = locks.new(items, opts), rounds = rounds })
end

--- Takes what can be taken; returns the names.
local function take(queue, held)
  local names = {}
  while true do
    local entry, is_blocked = queue:take()
    if not entry then
      return table.concat(names, " ") .. (is_blocked and " …" or "")
    end
    names[#names + 1] = entry.scenario.id
    held[entry.scenario.id] = entry
  end
end

describe("the queue of a run", function()
  it("gives the first whose locks are free, and goes past the others", function()
    local queue, held = queue_of({ "a: db", "b: db", "c:", "d: net", "e: net", "f:" }), {}
    assert.equal("a c d f …", take(queue, held))
    queue:give(held.a)
    assert.equal("b …", take(queue, held))
    queue:give(held.d)
    assert.equal("e", take(queue, held))
    assert.equal("", take(queue, held))
  end)

  it("lets those who share a lock run together, and nobody beside one who has it alone", function()
    local queue, held = queue_of({ "a: ~db", "b: ~db", "c: db", "d: ~db" }), {}
    assert.equal("a b …", take(queue, held))
    queue:give(held.a)
    assert.equal(" …", take(queue, held))
    queue:give(held.b)
    assert.equal("c …", take(queue, held))
    queue:give(held.c)
    assert.equal("d", take(queue, held))
  end)

  it("starves nobody: what waits before has a claim", function()
    -- c needs x and y; d and e would hold y again and again
    local queue, held = queue_of({ "a: x", "b: y", "c: x y", "d: y", "e: y", "f: z" }), {}
    assert.equal("a b f …", take(queue, held))
    queue:give(held.b)
    assert.equal(" …", take(queue, held))
    queue:give(held.a)
    assert.equal("c …", take(queue, held))
    queue:give(held.c)
    assert.equal("d …", take(queue, held))
  end)

  it("lets so many of a group run as it has places", function()
    local list = { "a: @g", "b: @g", "c: @g", "d: @g db", "e:" }
    local queue, held = queue_of(list, { groups = { g = 2 } }), {}
    assert.equal("a b e …", take(queue, held))
    queue:give(held.b)
    assert.equal("c …", take(queue, held))
  end)

  it("keeps the order of the plan where nothing is locked, in each round", function()
    local queue, held = queue_of({ "a:", "b:" }, nil, 3), {}
    assert.equal("a b a #2 b #2 a #3 b #3", take(queue, held))
    assert.equal(6, queue:size())
  end)

  it("gives each scenario once, never two that exclude each other, and comes to an end", function()
    math.randomseed(7)
    local names = { "x", "y", "z" }
    for _ = 1, 200 do
      local list = {}
      for i = 1, math.random(1, 25) do
        local words = {}
        for _, name in ipairs(names) do
          if math.random(3) == 1 then
            words[#words + 1] = (math.random(2) == 1 and "~" or "") .. name
          end
        end
        words[#words + 1] = math.random(3) == 1 and "@g" or nil
        list[i] = ("s%d: %s"):format(i, table.concat(words, " "))
      end
      local queue = queue_of(list, { groups = { g = 2 } })
      local running, seen, count = {}, {}, 0
      while true do
        local entry, is_blocked = queue:take()
        if entry then
          local id = entry.scenario.id
          assert.is_nil(seen[id])
          seen[id], count = true, count + 1
          local in_group = entry.scenario.group and 1 or 0
          for _, other in ipairs(running) do
            in_group = in_group + (other.scenario.group and 1 or 0)
            for _, mine in ipairs(entry.scenario.locks) do
              for _, its in ipairs(other.scenario.locks) do
                assert.is_false(mine.name == its.name and not (mine.shared and its.shared),
                  id .. " beside " .. other.scenario.id)
              end
            end
          end
          assert.is_true(not entry.scenario.group or in_group <= 2)
          running[#running + 1] = entry
        end
        if not entry and #running == 0 then
          assert.is_falsy(is_blocked, "all wait and nobody runs")
          break
        end
        if not entry or math.random(2) == 1 then
          queue:give(table.remove(running, math.random(#running)))
        end
      end
      assert.equal(#list, count)
    end
  end)
end)

describe("a run with locks", function()
  --- Runs; returns how many of each kind (the first letter of their names) ran at once at most.
  local function most(list, opts, jobs)
    local now, peak, all = {}, {}, 0
    local summary = fake.run((function()
      local plan = fake.plan(scenarios(list))
      plan.resources = opts
      return plan
    end)(), {
      exec = function(spec)
        local kind = spec.argv[1]:sub(1, 1)
        now[kind] = (now[kind] or 0) + 1
        peak[kind] = math.max(peak[kind] or 0, now[kind])
        local sum = 0
        for _, count in pairs(now) do
          sum = sum + count
        end
        all = math.max(all, sum)
        core.sleep(2)
        now[kind] = now[kind] - 1
        return fake.result()
      end,
    }, { jobs = jobs or 6 })
    return peak, all, summary
  end

  it("overlaps what may, and nothing else", function()
    local list = {}
    for i = 1, 6 do
      list[#list + 1] = ("a%d: db"):format(i)
      list[#list + 1] = ("s%d: ~cache"):format(i)
      list[#list + 1] = ("g%d: @g"):format(i)
    end
    local peak, all, summary = most(list, { groups = { g = 2 }, outside = {} })
    assert.equal(18, summary.counts.pass)
    assert.equal(1, peak.a)
    assert.equal(2, peak.g)
    assert.is_true(peak.s > 1)
    assert.is_true(all > 2)
  end)

  it("holds a lock until the room is closed, and through all attempts", function()
    local open, most_open, tried = 0, 0, 0
    local plan = fake.plan(scenarios({ "a: db", "b: db" }))
    fake.run(plan, {
      exec = function()
        open = open + 1
        most_open = math.max(most_open, open)
        tried = tried + 1
        core.sleep(1)
        return fake.result({ exit_code = tried % 2 })
      end,
      close = function()
        core.sleep(3)
        open = open - 1
        return { killed = 0 }
      end,
    }, { jobs = 2, retries = 1 })
    assert.same({ 4, 1 }, { tried, most_open })
  end)

  it("ends while scenarios wait for a lock: by fail-fast, by a stop, by the deadline", function()
    for _, opts in ipairs({ { fail_fast = 1 }, { deadline_ms = 30 } }) do
      local plan = fake.plan(scenarios({ "a: db", "b: db", "c: db" }))
      opts.jobs = 3
      local summary = fake.run(plan, {
        exec = function()
          if opts.deadline_ms then
            local ok, err = core.sleep(5000)
            if not ok then
              return nil, err
            end
          end
          return fake.result({ exit_code = 1 })
        end,
      }, opts)
      assert.equal(opts.fail_fast and "fail-fast" or "deadline", summary.interrupted)
      assert.equal(2, summary.not_run)
      assert.equal(opts.fail_fast and 1 or 124, summary.exit_code)
    end
  end)

  it("repeats what is locked", function()
    local plan = fake.plan(scenarios({ "a: db", "b: db", "c:" }))
    local summary = fake.run(plan, {}, { jobs = 3, repetitions = 20 })
    assert.equal(60, summary.counts.pass)
  end)
end)

describe("a lock of the machine", function()
  local fs = require("core.fs")
  local lock = require("core.lock")
  local machine_locks = require("engine.run.machine_locks")
  local dir, made

  before_each(function()
    dir = assert(fs.tempdir())
    made = assert(machine_locks.new())
    made.dir = dir -- as if it were that of the user
  end)
  after_each(function()
    made:close()
    fs.remove_tree(dir)
  end)

  local function another()
    local other = assert(machine_locks.new())
    other.dir = dir
    return other
  end

  local ALONE, SHARED = { { lock = "db", all = true } }, { { lock = "db" } }

  it("is held by one program at most, or shared", function()
    local other = another()
    assert.is_true(made:take(ALONE))
    assert.is_false(other:take(ALONE))
    assert.is_false(other:take(SHARED))
    made:give(ALONE)
    assert.is_true(other:take(SHARED))
    assert.is_true(made:take(SHARED))
    local third = another()
    assert.is_false(third:take(ALONE))
    third:close()
    made:give(SHARED)
    other:give(SHARED)
    assert.is_true(made:take(ALONE))
    made:give(ALONE)
  end)

  it("goes to who waits for it before its holder gets it again", function()
    local other = another()
    assert.is_true(made:take(ALONE))
    assert.is_false(other:take(ALONE))
    made:give(ALONE)
    assert.is_false(made:take(ALONE))
    assert.is_true(other:take(ALONE))
    other:give(ALONE)
    assert.is_true(made:take(ALONE))
    made:give(ALONE)
  end)

  it("leaves nothing taken when one of several is not free", function()
    local other = another()
    local both = { { lock = "a", all = true }, { lock = "b", all = true } }
    assert.is_true(other:take({ both[2] }))
    assert.is_false(made:take(both))
    assert.is_true(other:take({ both[1] }))
    other:give({ both[1] })
    other:give({ both[2] })
    assert.is_true(made:take(both))
    made:give(both)
  end)

  it("has names that are files, whatever they hold", function()
    for _, name in ipairs({ "../../x", "a/b", ("x"):rep(900), "\27[31m", "" }) do
      local needs = { { lock = name, all = true } }
      assert.is_true(made:take(needs))
      made:give(needs)
    end
    for _, entry in ipairs(assert(fs.scandir(dir))) do
      assert.equal("file", entry.type)
    end
  end)

  it("held by another program is waited for", function()
    local items = scenarios({ "a: db", "b:" })
    local plan = fake.plan(items)
    plan.resources = { groups = {}, outside = { db = true }, machine = made }
    local other = another()
    assert.is_true(other:take(ALONE))
    local order = {}
    local summary = fake.run(plan, {
      exec = function(spec)
        order[#order + 1] = spec.argv[1]
        if spec.argv[1] == "b" then
          other:give(ALONE)
        end
        return fake.result()
      end,
    }, { jobs = 2 })
    assert.same({ "b", "a" }, order)
    assert.equal(2, summary.counts.pass)
    assert(lock.try(dir .. "/none")):close()
  end)
end)
