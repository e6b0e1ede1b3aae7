local own = require("engine.dev.own")

describe("engine.dev.own", function()
  local one

  before_each(function()
    one = own.new()
  end)

  local function during(cycle, more)
    local d = { cycle = cycle, is_running = true, is_cut = false, writes = function()
      return more and more.kind or "output"
    end }
    for name, value in pairs(more or {}) do
      d[name] = value
    end
    return d
  end

  --- Says what a write in each of some runs in a row is.
  local function row(first, last, more)
    local list = {}
    for cycle = first, last do
      list[#list + 1] = (one:weigh("/x", during(cycle, more)))
    end
    return list
  end

  it("ends two runs for what tests can write, and has it wait in the next ones", function()
    assert.same({ "save", "save", "held", "held" }, row(1, 4))
  end)

  it("ends ten runs for what people write as well", function()
    local list = row(1, 11, { kind = "source" })
    assert.equal("held", table.remove(list))
    assert.same({ "save" }, { list[10] })
  end)

  it("ignores what was written in more than two runs in a row that came to their end", function()
    assert.same({ "save", "save", "looping", "looping" }, row(1, 4, { is_running = false }))
    assert.equal("ignored", (one:weigh("/x", during(4, { is_running = false }))))
  end)

  it("ends no run for what it ignores", function()
    row(1, 3, { is_running = false })
    assert.same({ "held" }, row(4, 4))
    assert.same({ "looping" }, row(4, 4, { is_running = false }))
  end)

  it("says when it ignores something for the first time", function()
    row(1, 2, { is_running = false })
    assert.same({ "looping", true }, { one:weigh("/x", during(3, { is_running = false })) })
    assert.same({ "looping", false }, { one:weigh("/x", during(4, { is_running = false })) })
  end)

  it("counts no run that was ended early", function()
    assert.same({ "save", "save", "save", "save" },
      row(1, 4, { is_running = false, is_cut = true }))
  end)

  it("begins anew after a run without a write, and after a save outside of runs", function()
    row(1, 3, { is_running = false })
    assert.same({ "save" }, row(5, 5, { is_running = false }))
    row(6, 7, { is_running = false })
    assert.equal("save", (one:weigh("/x", nil)))
    assert.same({ "save" }, row(8, 8, { is_running = false }))
  end)

  it("knows each file by itself", function()
    row(1, 2)
    assert.equal("save", (one:weigh("/y", during(3))))
  end)
end)
