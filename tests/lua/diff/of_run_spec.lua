--- The recorded run with everything in it (recorded.lua), compared with what was changed in it.
local compare = require("engine.diff.compare")
local node = require("engine.diff.node")
local of_run = require("engine.diff.of_run")
local recorded = dofile("tests/lua/report/recorded.lua")

local function tree(events)
  local at = 0
  return of_run.read(function()
    at = at + 1
    return events[at]
  end, {})
end

local function diff(a, b)
  return compare.compare(node.seal(tree(a).root), node.seal(tree(b).root))
end

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local out = {}
  for key, entry in pairs(value) do
    out[key] = copy(entry)
  end
  return out
end

--- Changes the recorded run in one place and says which fields differ then.
local function changed(index, change)
  local events = copy(recorded.events())
  change(events[index])
  local result, fields = diff(recorded.events(), events), {}
  local function walk(one)
    for _, field in ipairs(one.fields) do
      fields[#fields + 1] = one.node.kind .. " " .. field.name
    end
    for _, child in ipairs(one.children) do
      walk(child)
    end
  end
  walk(result.root)
  return table.concat(fields, ", "), result
end

--- Goes through the events of a kind.
local function each(kind, visit)
  local count = 0
  for index, e in ipairs(recorded.events()) do
    if e.event == kind then
      count = count + 1
      visit(index, e)
    end
  end
  assert.is_true(count > 0, kind)
end

describe("engine.diff.of_run", function()
  it("finds nothing between a run and itself", function()
    local result = diff(recorded.events(), recorded.events())
    assert.is_true(result.is_same)
    assert.is_true(result.counts.same > 10)
  end)

  it("does not mind in which order scenarios that ran at once have told", function()
    local events, by_id = recorded.events(), {}
    for _, e in ipairs(events) do
      local id = e.id or ""
      by_id[id] = by_id[id] or {}
      table.insert(by_id[id], e)
    end
    local ids = {}
    for id in pairs(by_id) do
      ids[#ids + 1] = id
    end
    table.sort(ids, function(x, y)
      return x > y
    end)
    local sorted = {}
    for _, id in ipairs(ids) do
      table.move(by_id[id], 1, #by_id[id], #sorted + 1, sorted)
    end
    assert.is_true(diff(events, sorted).is_same)
  end)

  it("finds each verdict that is another", function()
    local function turn(e)
      e.verdict = e.verdict == "pass" and "fail" or "pass"
    end
    each("scenario_end", function(index)
      assert.equal("scenario verdict", (changed(index, turn)))
    end)
    local told = 0
    each("step_end", function(index)
      local fields, result = changed(index, turn)
      told = told + (fields == "step verdict" and result.counts.changed == 1 and 1 or 0)
      assert.is_true(fields == "step verdict" or fields == "", fields)
    end)
    assert.is_true(told > 3)
  end)

  it("finds each output that is another, byte for byte", function()
    local told = 0
    each("output", function(index, e)
      local fields = changed(index, function(other)
        other.text = other.text .. "\0"
      end)
      told = told + (fields == "step " .. e.stream and 1 or 0)
      assert.is_true(fields == "step " .. e.stream or fields == "", fields)
    end)
    assert.is_true(told > 1)
  end)

  it("finds a scenario that is not there", function()
    each("scenario_end", function(index)
      local events = recorded.events()
      table.remove(events, index)
      local counts = diff(recorded.events(), events).counts
      assert.is_true(counts.removed > 0)
      assert.same({ 0, 0, 0 }, { counts.added, counts.changed, counts.moved })
    end)
  end)

  it("does not mind times, workers and resources", function()
    local events = copy(recorded.events())
    for _, e in ipairs(events) do
      e.at_ms, e.worker, e.rusage, e.memory, e.workers = 9, 9, nil, nil, nil
    end
    assert.is_true(diff(recorded.events(), events).is_same)
  end)
end)
