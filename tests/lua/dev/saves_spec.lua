--- What a change is that is told after a run: the run's, or a person's save.
local clock = require("core.clock")
local orders = require("engine.dev.orders")
local saves = require("engine.dev.saves")
local support = dofile("tests/e2e/support.lua")

local MS = 1000000

describe("engine.dev.saves", function()
  local dir, path

  before_each(function()
    dir = support.tempdir()
    path = dir .. "/out"
    support.write(path, "")
  end)

  after_each(function()
    support.remove(dir)
  end)

  --- Says what the file is, told some time after the end of a run that can write it.
  local function told(after_ms, run)
    local during
    local now, wall = clock.now(), clock.wall()
    saves.absorb({
      entries = { t = { suites = { { is_script = true } } } }, run_paths = { t = true },
      everywhere = { files = {} }, number = 1, held = {},
      run_began_ns = now + run.from_ms * MS, run_ended_ns = now + run.to_ms * MS,
      run_ended_wall_ns = wall + run.to_ms * MS,
      queue = { { written = { path }, removed = {},
        began_ns = now + (run.to_ms + after_ms) * MS } },
      inputs = { filter = function(_, _, given)
        during = given
        return { held = { written = {}, removed = {} }, looping = {}, again = {} }
      end },
    })
    return during and during.writes(path)
  end

  it("takes for the run's what is told late, by when it was written", function()
    for _, after_ms in ipairs({ 5, 500 }) do
      assert.equal("output", told(after_ms, { from_ms = -60000, to_ms = 60000 }))
    end
  end)

  it("takes for a person's what was written after the run, or before it", function()
    for _, after_ms in ipairs({ 5, 500 }) do
      assert.is_nil(told(after_ms, { from_ms = -120000, to_ms = -60000 }))
    end
    assert.is_nil(told(500, { from_ms = 60000, to_ms = 120000 }))
  end)

  it("takes a removal that is told late for a person's", function()
    assert(os.remove(path))
    assert.equal("output", told(5, { from_ms = -60000, to_ms = 60000 }))
    assert.is_nil(told(500, { from_ms = -60000, to_ms = 60000 }))
  end)

  --- Makes a loop to which nothing was saved yet, and that takes every change for a save.
  local function loop_of(fields)
    local self = { entries = {}, everywhere = { files = {} }, number = 1, held = {}, queue = {},
      state = { apply = function() end }, news = { set = function() end } }
    self.inputs = { filter = function(_, change)
      return { changed = { [path] = true }, list = change.written, looping = {}, again = {},
        held = { written = {}, removed = {} } }
    end }
    for name, value in pairs(fields or {}) do
      self[name] = value
    end
    return self
  end

  local function change(began_ns)
    return { written = { path }, removed = {}, began_ns = began_ns, told_ns = began_ns + MS }
  end

  it("takes a file for as old as its place there", function()
    local before = clock.now()
    while clock.now() < before + 20 * MS do end -- the kernel's clock has ticked since
    assert(os.execute(("touch -d '-0.8 sec' '%s'"):format(path)))
    local self = loop_of({ queue = { change(before) } })
    assert.is_true(saves.absorb(self))
    assert.equal(0, self.pending.detect_ms)
  end)

  it("has what a pause has held back count from its end", function()
    local self = loop_of({ queue = { change(1) } })
    self.state.is_paused = true
    saves.absorb(self)
    assert.equal(1, self.pending.began_ns)
    local now = clock.now()
    orders.pause(self, false)
    assert.is_true(self.pending.began_ns >= now)
    assert.is_nil(self.pending.detect_ms)
  end)

  it("has what was held after a stop count from the save that lets it go", function()
    local self = loop_of({ queue = { change(1) } })
    saves.absorb(self)
    self.pending.is_stopped = true
    self.queue[1] = change(5 * MS)
    saves.absorb(self)
    assert.equal(5 * MS, self.pending.began_ns)
    self.queue[1] = change(9 * MS) -- of the same wait
    saves.absorb(self)
    assert.equal(5 * MS, self.pending.began_ns)
  end)

  it("has what waited for the end of a run count from there", function()
    local self = loop_of({ held = { change(1) } })
    local now = clock.now()
    saves.release(self, false)
    saves.absorb(self)
    assert.is_true(self.pending.began_ns >= now)
  end)
end)
