local own = require("engine.dev.own")

describe("engine.dev.own", function()
  local one

  before_each(function()
    one = own.new()
  end)

  local function during(cycle, more)
    local d = { cycle = cycle, is_running = true, is_cut = false, writes = function()
      return more and more.kind or "output"
    end, is_stray = function()
      return more and more.by_person or false
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

  it("goes on over runs that nobody began but tests, by what they wrote", function()
    local list = {}
    for i = 1, 4 do
      list[i] = (one:weigh("/x", during(2 * i, { is_running = false, begun = 2 })))
    end
    assert.same({ "save", "save", "looping", "looping" }, list)
    assert.equal("save", (one:weigh("/x", during(10, { is_running = false, begun = 9 }))))
  end)

  it("tells each write in a run that goes on, until somebody saves it", function()
    row(1, 3, { is_running = false })
    local asked
    local function late(is_save)
      return { is_running = false, is_save = function(...)
        asked = { ... }
        return is_save
      end }
    end
    assert.equal("looping", (one:weigh("/x", during(4, late(false)))))
    assert.equal("looping", (one:weigh("/x", during(4, late(false)))))
    assert.same({ "/x", "output" }, asked)
    assert.equal("save", (one:weigh("/x", during(4, late(true)))))
    assert.same({ "save", "save" }, row(5, 6, { is_running = false }))
  end)

  it("ends ten runs where others lie between that were begun by what was written", function()
    local list = {}
    for i = 1, 11 do
      list[i] = (one:weigh("/x", during(2 * i, { begun = 2 })))
    end
    assert.equal("held", table.remove(list))
    for _, verdict in ipairs(list) do
      assert.equal("save", verdict)
    end
    assert.equal("save", (one:weigh("/x", during(24, { begun = 23 }))))
  end)

  it("counts those one after the other by themselves, where such runs lie between", function()
    local list = {}
    for _, cycle in ipairs({ 2, 4, 5, 6, 8, 9, 10 }) do
      list[#list + 1] = (one:weigh("/x", during(cycle, { begun = 2 })))
    end
    assert.same({ "save", "save", "save", "held", "save", "save", "held" }, list)
  end)

  it("knows each file by itself", function()
    row(1, 2)
    assert.equal("save", (one:weigh("/y", during(3))))
  end)

  it("takes for a save what is written while none of the tests runs that write it", function()
    row(1, 3, { is_running = false })
    assert.same({ "save" }, row(4, 4, { is_running = false, by_person = true }))
    assert.same({ "looping" }, row(5, 5, { is_running = false }))
    assert.same({ "save", "save" }, row(6, 7, { is_running = false, by_person = true }))
  end)

  it("takes for an output what is so in each run, for something that a test began goes on",
    function()
      assert.same({ "save", "save", "looping", "looping" },
        row(1, 4, { is_running = false, by_person = true }))
    end)

  describe("of files that runs make", function()
    local support = dofile("tests/e2e/support.lua")
    local dir

    before_each(function()
      dir = support.tempdir()
    end)

    after_each(function()
      support.remove(dir)
    end)

    --- Says what it is that each of some runs makes a file of its own.
    local function made(first, last, more, name)
      local list = {}
      for cycle = first, last do
        one:begin(dir)
        local path = ("%s/%s"):format(dir, (name or "out-%d"):format(cycle))
        support.write(path, "")
        local verdict, is_first, folder = one:weigh(path, during(cycle, more))
        list[#list + 1] = { verdict, is_first, folder }
      end
      return list
    end

    local ENDED = { is_running = false }
    local SAVE = { "save", false }

    it("ignores them by their folder", function()
      local list = made(1, 5, ENDED)
      assert.same({ SAVE, SAVE, SAVE, { "looping", true, dir }, { "looping", false, dir } }, list)
    end)

    it("ends two runs for them", function()
      local list = made(1, 4)
      assert.same({ SAVE, SAVE, SAVE, { "held", false } }, list)
    end)

    it("knows folders that are made with them", function()
      local verdicts = {}
      for cycle = 1, 5 do
        one:begin(dir)
        assert(os.execute(("mkdir '%s/d%d'"):format(dir, cycle)))
        local path = ("%s/d%d/out"):format(dir, cycle)
        support.write(path, "")
        verdicts[cycle] = one:weigh(path, during(cycle, ENDED))
      end
      assert.same({ "save", "save", "save", "looping", "looping" }, verdicts)
    end)

    it("counts with them that a later run removes or changes one", function()
      for cycle = 1, 6 do
        one:begin(dir)
        local path = ("%s/out-%d"):format(dir, cycle)
        support.write(path, "")
        local verdict = one:weigh(path, during(cycle, ENDED))
        assert.equal(cycle < 4 and "save" or "looping", verdict)
        local before = ("%s/out-%d"):format(dir, cycle - 1)
        os.remove(before)
        verdict = one:weigh(before, during(cycle, ENDED))
        assert.equal(cycle < 4 and "save" or "looping", verdict)
      end
    end)

    it("takes for a save what was there when the run began", function()
      support.write(dir .. "/known", "")
      made(1, 4, ENDED)
      one:begin(dir)
      support.write(dir .. "/known", "x")
      assert.same(SAVE, { one:weigh(dir .. "/known", during(5, ENDED)) })
    end)

    it("takes for a save what is made while no test runs that can have", function()
      made(1, 4, ENDED)
      one:begin(dir)
      support.write(dir .. "/new", "")
      assert.same(SAVE, { one:weigh(dir .. "/new", during(5, {
        is_running = false, by_person = true,
      })) })
      assert.same(SAVE, { one:weigh(dir .. "/new", nil) })
    end)

    it("keeps those apart that people write as well", function()
      made(1, 4, ENDED)
      assert.same({ SAVE }, made(5, 5, { is_running = false, kind = "source" }, "new-%d"))
    end)
  end)
end)
