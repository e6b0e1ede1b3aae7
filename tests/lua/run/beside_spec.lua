package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
--- Tests that are never there at the same time, because of what their services are shown.
local beside = require("engine.run.beside")
local locks = require("engine.run.locks")
local queues = require("engine.run.queue")

--- Makes a suite of services "NAME: FOLDER, FOLDER:ro" and scenarios { NAME, SERVICES…, shared = };
--- images have names: an engine makes the rooms, unless it is `plain`.
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
      services = table.move(about, 2, #about, 1, {}), is_shared = about.shared }
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
  local found = {}
  for scenario, list in pairs(beside.needs(all(suites), asked) or {}) do
    local texts = {}
    for i, need in ipairs(list) do
      texts[i] = (need.all and "!" or "") .. need.name:gsub("^volume ", "")
        .. (need.file and "@" .. need.file or "")
    end
    table.sort(texts)
    found[scenario.id] = table.concat(texts, " ")
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

  it("the project, which lies in what another can write to", function()
    assert.same({ a = "!/", b = "/" }, needs_of({
      suite_of("f", { "w: /", "r: /e:ro" }, { { "a", "w" }, { "b", "r" } }),
    }) or {})
  end)

  it("a place for their file where they share a room, whatever each of them asks for", function()
    assert.same({ a = "!/d@f", b = "!/d@f", c = "/d" }, needs_of({
      suite_of("f", { "w: /d", "v: /e" },
        { { "a", "w", shared = true }, { "b", "v", shared = true } }),
      suite_of("g", { "r: /d/x" }, { { "c", "r" } }),
    }))
  end)
end)

describe("the queue of a run with rooms that files share", function()
  local function queue_of(suites)
    local items = all(suites)
    return queues.new(items, { locks = locks.new(items, { backend = "docker" }) })
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
    local queue, held = queue_of(list), {}
    assert.equal("c …", take(queue, held))
    queue:give(held.c)
    assert.equal("a b", take(queue, held))
  end)

  it("gives back what a file has had no room for", function()
    local queue, held = queue_of(suites()), {}
    assert.equal("a …", take(queue, held))
    queue:give(held.a)
    assert.equal("b …", take(queue, held))
    queue:give(held.b)
    assert.equal("c", take(queue, held))
  end)
end)
