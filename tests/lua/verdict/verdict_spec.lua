local verdict = require("engine.verdict")

local function counts(fields)
  local all = verdict.counts()
  for name, count in pairs(fields) do
    all[name] = count
  end
  return all
end

describe("engine.verdict", function()
  it("lets the worse of two stand", function()
    for i, a in ipairs(verdict.names) do
      for k, b in ipairs(verdict.names) do
        assert.equal(verdict.names[math.max(i, k)], verdict.worst(a, b))
      end
    end
    assert.error_matches(function()
      return verdict.worst("pass", "green")
    end, "'green' is no verdict")
  end)

  it("calls pass, flaky and skip good, and nothing else", function()
    local good = {}
    for _, name in ipairs(verdict.names) do
      good[name] = verdict.is_good(name)
    end
    assert.same({
      pass = true, flaky = true, skip = true, fail = false, timeout = false, policy = false,
      error = false, infra = false,
    }, good)
    assert.is_false(verdict.is_good("anything"))
  end)

  local cases = {
    { { pass = 3 }, 0 },
    { { pass = 1, skip = 2 }, 0 },
    { { flaky = 1 }, 0 },
    { { flaky = 1, pass = 1 }, 1, { flaky = "fail" } },
    { { flaky = 1, pass = 1 }, 1, { flaky = "quarantine" } },
    { { flaky = 2, pass = 1 }, 1, { flaky = "quarantine", unexcused = 1 } },
    { { flaky = 2, pass = 1 }, 0, { flaky = "quarantine", unexcused = 0 } },
    { { pass = 1 }, 5, { outstanding = 2 } },
    { { pass = 1, fail = 1 }, 1, { outstanding = 2 } },
    { { flaky = 1 }, 1, { outstanding = 2, flaky = "fail" } },
    { { pass = 1 }, 0, { outstanding = 0 } },
    { {}, 4 },
    { { skip = 4 }, 4 },
    { { pass = 1, fail = 1 }, 1 },
    { { timeout = 1 }, 1 },
    { { policy = 1 }, 1 },
    { { fail = 1, infra = 1 }, 6 },
    { { fail = 1, infra = 1, error = 1 }, 2 },
    { { error = 1, pass = 100 }, 2 },
    { { pass = 1 }, 130, { stopped = "SIGINT" } },
    { { fail = 1 }, 143, { stopped = "SIGTERM" } },
    { { pass = 1 }, 129, { stopped = "SIGHUP" } },
    { { error = 1 }, 124, { stopped = "deadline" } },
    { { pass = 1 }, 6, { stopped = "cancelled" } },
    { { pass = 1 }, 3, { stopped = "something new" } },
    { { pass = 2 }, 3, { total = 3 } },
    { { pass = 4 }, 3, { total = 3 } },
    { { pass = 2 }, 0, { total = 3, not_run = 1 } },
    { { pass = -1 }, 3 },
    { { pass = 1.5 }, 3 },
    { { green = 1 }, 3 },
  }
  for i, case in ipairs(cases) do
    it(("gives exit code %d (case %d)"):format(case[2], i), function()
      assert.equal(case[2], verdict.exit_code(counts(case[1]), case[3]))
    end)
  end
end)
