package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
--- Tests that are never there at the same time, because of what their services are shown.
local needs_find = require("engine.run.needs").find
local locks = require("engine.run.locks")
local queues = require("engine.run.queue")

--- Makes a suite of services "NAME: FOLDER, FOLDER:ro" and scenarios { NAME, SERVICES…, shared =,
--- locks =, group = }; images have names: an engine makes the rooms, unless it is `plain`.
local function suite_of(file, services, scenarios, is_plain)
  local suite = { file = file, project_dir = "/project", room = {}, services = {}, scenarios = {} }
  for i, text in ipairs(services) do
    local name, list = text:match("^(%w+): (.*)$")
    local spec = { name = name, volumes = {}, image = not is_plain and { kind = "stored" } or nil }
    for source, mode in list:gmatch("([^%s,:]+):?(%l*)") do
      table.insert(spec.volumes, { source = source, read_only = mode == "ro" })
    end
    suite.services[i] = spec
  end
  for i, about in ipairs(scenarios) do
    suite.scenarios[i] = { id = about[1], name = about[1], suite = suite, locks = about.locks,
      services = table.move(about, 2, #about, 1, {}), is_shared = about.shared,
      group = about.group }
  end
  return suite
end

local function all(suites)
  local list = {}
  for _, suite in ipairs(suites) do
    table.move(suite.scenarios, 1, #suite.scenarios, #list + 1, list)
  end
  return list
end

--- Writes needs as text: "!/p" is all of it, "/p@file" the place of a file.
local function needs_of(suites, asked)
  local items, found = all(suites), {}
  local needs = needs_find(items, { outside = {}, backend = asked or "auto" })
  for _, scenario in ipairs(needs and items or {}) do
    local texts = {}
    for i, need in ipairs(needs:of(scenario)) do
      texts[i] = (need.all and "!" or "") .. need.name:gsub("volume ", "")
        .. (need.file and "@" .. need.file or "")
    end
    table.sort(texts)
    found[scenario.id] = texts[1] and table.concat(texts, " ") or nil
  end
  return found
end

describe("tests of a run need", function()
  it("all of a folder of which others are shown a part, and those a place in it", function()
    assert.same({ a = "!/d", b = "/d", c = "/d" }, needs_of({
      suite_of("f", { "w: /d", "r: /d/sub:ro", "q: /d/sub/x, /e" },
        { { "a", "w" }, { "b", "r" }, { "c", "q" }, { "none" } }),
    }))
  end)

  it("nothing of folders that are the same, beside each other, or read-only", function()
    assert.same({}, needs_of({
      suite_of("f", { "w: /d", "v: /d", "x: /dd", "r: /e:ro", "s: /e/x" },
        { { "a", "w" }, { "b", "v" }, { "c", "x" }, { "d", "r" }, { "e", "s" } }),
    }))
  end)

  it("nothing where no engine makes the room of the one below", function()
    local function suites(is_plain)
      return { suite_of("f", { "w: /d" }, { { "a", "w" } }),
        suite_of("g", { "r: /d/x" }, { { "b", "r" } }, is_plain) }
    end
    assert.same({}, needs_of(suites(true)))
    assert.same({ a = "!/d", b = "/d" }, needs_of(suites(true), "podman"))
    assert.same({ a = "!/d", b = "/d" }, needs_of(suites(false), "auto"))
  end)

  it("all of a folder of which they are shown a part themselves, twice at the same time", function()
    assert.same({ a = "!/d", b = "!/d" }, needs_of({
      suite_of("f", { "w: /d, /d/x" }, { { "a", "w" }, { "b", "w" } }),
    }))
  end)

  it("the project, which lies in what another can write to, also without services", function()
    local plain = suite_of("g", {}, { { "c" } })
    assert.same({ a = "!/", b = "/" }, needs_of({
      suite_of("f", { "w: /", "r: /e:ro" }, { { "a", "w" }, { "b", "r" } }), plain,
    }))
    plain.room.image = { kind = "stored" }
    assert.same({ a = "!/", c = "/" }, needs_of({
      suite_of("f", { "w: /" }, { { "a", "w" } }), plain,
    }))
    plain.room.project = "none"
    assert.same({}, needs_of({ suite_of("f", { "w: /" }, { { "a" } }), plain }))
  end)

  it("all that their file needs where it has a room or hooks in common", function()
    local function suites(hooks)
      local f = suite_of("f", { "w: /d", "v: /e" }, { { "a", "w", shared = not hooks or nil },
        { "b", "v", locks = { { name = "l", shared = true } } }, { "x", group = "g" } })
      f.hooks = hooks
      return { f, suite_of("g", { "r: /d/x" }, { { "c", "r" } }) }
    end
    local want = { a = "!/d@f !file f: /d group g@f lock l@f",
      b = "!/d@f file f: lock l group g@f lock l@f",
      x = "!/d@f !file f: group g group g@f lock l@f", c = "/d" }
    assert.same(want, needs_of(suites()))
    assert.same(want, needs_of(suites({ before_all = {} })))
    assert.same({ a = "!/d", b = "lock l", x = "group g", c = "/d" }, needs_of(suites({})))
  end)
end)

describe("rooms are not made ahead where a service of the run", function()
  --- Names the files whose rooms wait for their turn, beside one that writes to a folder.
  local function late(folder, how, dir)
    local writer, other = suite_of("w", { "w: " .. folder }, { { "a", "w" } }),
      suite_of("o", {}, { { "b" } })
    writer.room.project = "none"
    other.project_dir, other.room.project = dir, how
    return require("engine.run.beside").late(all({ writer, other }))[other] == true
  end

  it("can write around their project", function()
    assert.is_true(late("/p", "ro", "/p/x"))
    assert.is_true(late("/", nil, "/p/x"))
    assert.is_true(late("/p", "copy", "/p/x"))
    assert.is_false(late("/p:ro", "ro", "/p/x"))
    assert.is_false(late("/p", "none", "/p/x"))
    assert.is_false(late("/p", "ro", "/px"))
    assert.is_false(late("/p/x", "ro", "/p/x")) -- which goes on to be shown
    assert.is_false(late("/p/x/y", "ro", "/p/x"))
    assert.is_false(late("/p", "ro", nil))
  end)

  it("can write to what they have a copy of", function()
    assert.is_true(late("/p/x", "copy", "/p/x"))
    assert.is_true(late("/p/x/y", "copy", "/p/x"))
    assert.is_false(late("/p/y", "copy", "/p/x"))
  end)
end)

describe("rooms with a copy of the project are not made ahead where the run", function()
  --- Whether those of a file wait for their turn, beside another one.
  local function late(how, change)
    local other, own = suite_of("w", {}, { { "a" } }), suite_of("o", {}, { { "b" } })
    own.room.project = how
    change(other)
    return require("engine.run.beside").late(all({ other, own }))[own] == true
  end

  local CHANGES = {
    ["has hooks on the machine itself"] = function(suite)
      suite.hooks = { has_host = true }
    end,
    ["has hooks in Lua"] = function(suite)
      suite.hooks = { has_module = true }
    end,
    ["has tests in Lua"] = function(suite)
      suite.scenarios[1].fn = print
    end,
  }
  for name, change in pairs(CHANGES) do
    it(name, function()
      assert.is_true(late("copy", change))
      assert.is_false(late("ro", change))
      assert.is_false(late("none", change))
    end)
  end

  it("has any of these, and else are", function()
    assert.is_false(late("copy", function(suite)
      suite.hooks = { before_all = { command = { "true" } } }
    end))
  end)
end)

describe("the queue of a run with rooms that files share", function()
  local function queue_of(suites, opts)
    local items = all(suites)
    for i = opts and #items or 0, 2, -1 do -- in any order
      local k = opts.random(i)
      items[i], items[k] = items[k], items[i]
    end
    return queues.new(items, { rounds = opts and opts.rounds, locks = locks.new(items,
      { backend = "docker", groups = opts and opts.groups }) })
  end

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

  local function suites()
    return {
      suite_of("f", { "w: /d" }, { { "a", "w", shared = true, locks = { { name = "f" } } },
        { "b", "w", shared = true, locks = { { name = "f" }, { name = "x" } } } }),
      suite_of("g", { "r: /d/x" }, { { "c", "r" } }),
    }
  end

  it("lets the other scenarios of the file go before those who wait for its room", function()
    local queue, held = queue_of(suites()), {}
    assert.equal("a …", take(queue, held))
    queue:hold("f")
    queue:give(held.a)
    assert.equal("b …", take(queue, held))
    queue:give(held.b)
    assert.equal(" …", take(queue, held))
    queue:release("f")
    assert.equal("c", take(queue, held))
  end)

  it("lets go of the room before its last scenario is given back, or after it", function()
    local queue, held = queue_of(suites()), {}
    assert.equal("a …", take(queue, held))
    queue:hold("f")
    queue:give(held.a)
    assert.equal("b …", take(queue, held))
    queue:release("f")
    assert.equal(" …", take(queue, held))
    queue:give(held.b)
    assert.equal("c", take(queue, held))
  end)

  it("begins what waits for the same room when the first of them has it", function()
    local list = suites()
    list[1], list[2] = list[2], list[1]
    list[2].scenarios[1].locks, list[2].scenarios[2].locks = {}, { { name = "x" } }
    list[2].scenarios[2].services = {} -- beside the other one
    local queue, held = queue_of(list), {}
    assert.equal("c …", take(queue, held))
    queue:give(held.c)
    assert.equal("a …", take(queue, held)) -- all of them have its folder
    queue:give(held.a)
    assert.equal("b", take(queue, held))
  end)

  it("gives back what a file has had no room for", function()
    local queue, held = queue_of(suites()), {}
    assert.equal("a …", take(queue, held))
    queue:give(held.a)
    assert.equal("b …", take(queue, held))
    queue:give(held.b)
    assert.equal("c", take(queue, held))
  end)

  --- Runs a plan as workers do; returns whether each scenario ran, and what was there together.
  local function run(plan, opts)
    local queue, running, there, rooms, clashes = queue_of(plan, opts), {}, {}, {}, {}
    local left, count = {}, 0 -- of the scenarios of a file that have it open, in each round
    local function key_of(scenario)
      return scenario.suite.file .. "#" .. (scenario.repetition or 1)
    end
    local function is_joined(scenario)
      return scenario.is_shared or scenario.suite.hooks ~= nil
    end
    for _, scenario in ipairs(all(plan)) do
      for round = 1, is_joined(scenario) and opts.rounds or 0 do
        local key = scenario.suite.file .. "#" .. round
        left[key] = (left[key] or 0) + 1
      end
    end
    local function note(scenario)
      for other in pairs(there) do
        if opts.clash(scenario, other) then
          clashes[#clashes + 1] = scenario.id .. " beside " .. other.id
        end
      end
    end
    while true do
      local entry = #running < opts.jobs and queue:take()
      if entry then
        local scenario, key = entry.scenario, key_of(entry.scenario)
        count = count + 1
        if is_joined(scenario) then
          queue:hold(scenario.suite.file, scenario.repetition)
        end
        note(scenario)
        if scenario.is_shared then
          rooms[key] = rooms[key] or { id = "room of " .. key, suite = scenario.suite }
          there[rooms[key]] = true
        end
        there[scenario] = true
        running[#running + 1] = entry
      elseif running[1] then
        local ended = table.remove(running, opts.random(#running))
        local scenario, key = ended.scenario, key_of(ended.scenario)
        there[scenario] = nil
        if is_joined(scenario) then
          left[key] = left[key] - 1
          if left[key] == 0 then
            there[rooms[key] or key] = nil
            queue:release(scenario.suite.file, scenario.repetition)
          end
        end
        queue:give(ended)
      else
        return count, clashes
      end
    end
  end

  --- Whether a service of one can write above what the other is shown.
  local function above(one, other)
    for _, spec in ipairs(one.suite.services) do
      for _, volume in ipairs(spec.volumes) do
        for _, its in ipairs(other.suite.services) do
          for _, below in ipairs(its.volumes) do
            if not volume.read_only and below.source:sub(1, #volume.source + 1)
              == volume.source .. "/" then
              return true
            end
          end
        end
      end
    end
    return false
  end

  it("runs each of any plan, and none beside one that it must not be beside", function()
    local FOLDERS = { "/d", "/d/x", "/d/x/y", "/e", "/e/z", "/d:ro", "/e/z:ro" }
    for seed = 1, 400 do
      local state = seed * 2654435761 % 4294967296
      local function random(n)
        state = (state * 1664525 + 1013904223) % 4294967296
        return (state >> 16) % n + 1
      end
      local plan, total, rounds = {}, 0, random(3)
      for i = 1, 1 + random(5) do
        local scenarios = {}
        for k = 1, random(4) do
          scenarios[k] = { ("%d.%d"):format(i, k), "s", shared = random(2) == 1 or nil,
            group = random(5) == 1 and "g" or nil, locks = {} }
          for _ = 1, random(3) - 1 do
            table.insert(scenarios[k].locks, { name = "l" .. random(3), shared = random(3) == 1 })
          end
          if scenarios[k].shared then
            table.insert(scenarios[k].locks, { name = "room of " .. i })
          end
        end
        plan[i] = suite_of("f" .. i, { "s: " .. FOLDERS[random(#FOLDERS)] }, scenarios)
        plan[i].hooks = random(4) == 1 and { before_all = {} } or nil
        total = total + #scenarios
      end
      local count, clashes = run(plan, { rounds = rounds, jobs = random(4), groups = { g = 1 },
        random = random, clash = function(one, other)
          return one.suite ~= other.suite and (above(one, other) or above(other, one))
        end })
      assert.equal(total * rounds, count, "seed " .. seed)
      assert.same({}, clashes, "seed " .. seed)
    end
  end)
end)
