--- The room of a file, in which its hooks run, cannot be made.
package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
local fake = require("run.fake")

local COPY = { project = "copy", env = {}, inherit_env = {} }

--- Runs a file with two scenarios; rooms of theirs are made, and the one of the file is not.
local function run(about, opts)
  local hooks = { has_module = true }
  for _, name in ipairs(about.hooks) do
    hooks[name] = fake.hook(name)
  end
  local scenarios, ends, begun = {}, {}, {}
  for i, name in ipairs({ "first", "second" }) do
    scenarios[i] = { name = name, steps = { "true" }, is_shared = about.is_shared }
  end
  local plan = fake.plan(scenarios, { room = about.room, services = {}, hooks = hooks })
  local summary, events, stats = fake.run(plan, {
    open = function(spec)
      return spec.name:find("hooks of the file", 1, true)
        and fake.error("EROOM", "the engine answers 500") or nil
    end,
  }, opts)
  for _, event in ipairs(events) do
    if event.event == "scenario_end" then
      ends[#ends + 1] = event
    end
    begun[event.event] = (begun[event.event] or 0) + 1
  end
  return { summary = summary, ends = ends, begun = begun, stats = stats }
end

local FILES = {
  ["before_all"] = { hooks = { "before_all" } },
  ["all four hooks"] = { hooks = { "before_all", "before_each", "after_each", "after_all" } },
  ["after_all alone"] = { hooks = { "after_all" } },
  ["before_all and copies of the project"] = { hooks = { "before_all" }, room = COPY },
  ["before_all and a room that is shared"] = { hooks = { "before_all" }, is_shared = true },
}

describe("a file whose own room cannot be made", function()
  for name, about in pairs(FILES) do
    it(("is infra, and nothing of it is run: one with %s"):format(name), function()
      local got = run(about)
      assert.equal(2, #got.ends)
      for _, ended in ipairs(got.ends) do
        local codes = {}
        for i, failure in ipairs(ended.failures) do
          codes[i] = failure.code
        end
        assert.same({ "infra", { "V001" } }, { ended.verdict, codes })
        assert.matches("the engine answers 500", ended.failures[1].message, 1, true)
      end
      assert.equal(6, got.summary.exit_code)
      assert.same({}, got.stats.log)
      assert.is_nil(got.begun.step_begin)
      assert.equal(got.begun.room_begin, got.begun.room_end)
      assert.equal(got.stats.opened, got.stats.closed)
    end)
  end
end)
