--- The pool of rooms with scripted rooms: who gets which, how many are made, what is counted.
local core = require("core.task")
local error_new = require("core.error").new
local idle = require("engine.pool.idle")
local key = require("engine.pool.key")
local pools = require("engine.pool")
local size = require("engine.pool.size")
local task = require("clnrm.task")

--- A pool with a backend whose rooms take `ms` to make; `fails` lists calls that fail.
local function place(opts)
  opts = opts or {}
  local seen = { made = 0, closed = {}, specs = {} }
  local group = task.group()
  local backend = { name = "fake", pools = opts.pools or "all", image_id = function()
    return "sha256:1"
  end }
  seen.backend = backend
  seen.pool = pools.new({
    cores = opts.cores or 2,
    idle_ms = opts.idle_ms,
    make = function(spec)
      seen.specs[#seen.specs + 1] = spec
      core.sleep(opts.ms or 1)
      seen.made = seen.made + 1
      if opts.fails and opts.fails[seen.made] then
        return nil, error_new({ code = "EROOM", message = "no room " .. seen.made, op = "fake" })
      end
      local room = { number = seen.made, is_moved = seen.moves }
      function room.stat()
        if room.hangs and not core.sleep(60000) then
          return nil
        end
        return not room.is_dead and { kind = "directory" } or nil
      end
      function room.close()
        seen.closed[#seen.closed + 1] = room.number
        return not opts.close_error and { killed = 0 } or nil, opts.close_error
      end
      return room
    end,
    spawn = function(...)
      group:spawn(...)
    end,
    jobs = function()
      return opts.jobs or 1
    end,
    may_prepare = function()
      return not opts.may_not
    end,
  })
  function seen.expect(name, room)
    return seen.pool:expect(backend, { name = name or "s", room = room or { project = "none" } })
  end
  function seen.settle()
    group:wait()
  end
  return seen
end

describe("a pool", function()
  it("makes rooms ahead of who comes for them, and never more than are expected", function()
    local p = place()
    local tickets = {}
    for i = 1, 5 do
      tickets[i] = p.expect("s" .. i)
    end
    p.settle()
    assert.equal(2, p.made) -- one at once, and one more
    for i = 1, 5 do
      local room, err, taken = p.pool:take(tickets[i])
      assert.is_nil(err)
      assert.equal("s" .. i, room.name)
      assert.equal(i < 3 and "ready" or taken.from, taken.from)
      p.pool:ended(tickets[i], room, 1)
      p.settle()
    end
    assert.equal(5, p.made)
    assert.same({}, p.pool:close())
    assert.same({}, p.closed)
    local stats = p.pool.stats:copy()
    assert.same({ 5, 5, 0, 0 }, { stats.made, stats.taken, stats.wasted, stats.again })
  end)

  it("gives a room to whoever comes first", function()
    local p = place()
    local first, second = p.expect("first"), p.expect("second")
    p.settle()
    assert.equal(1, p.pool:take(second).number)
    assert.equal(2, p.pool:take(first).number)
    p.settle()
    assert.equal(2, p.made)
  end)

  it("makes a room for who waits, when none is to be prepared", function()
    local p = place({ may_not = true })
    local ticket = p.expect()
    p.settle()
    assert.equal(0, p.made)
    local room, _, taken = p.pool:take(ticket)
    assert.equal(1, room.number)
    assert.equal("made", taken.from)
  end)

  it("closes a room that died or does not answer, counts it, and gives the next", function()
    idle.PING_MS = 20
    local p = place({ jobs = 3 })
    local tickets = { p.expect(), p.expect(), p.expect() }
    p.settle()
    local rooms = p.pool.shelves[next(p.pool.shelves)].idle
    rooms[1].room.is_dead, rooms[2].room.hangs = true, true
    assert.equal(3, p.pool:take(tickets[1]).number)
    p.settle()
    idle.PING_MS = 5000
    table.sort(p.closed)
    assert.same({ 1, 2 }, p.closed)
    assert.equal(2, p.pool.stats.dead)
    assert.equal(5, p.made) -- the two that are still expected
  end)

  it("closes a room that shows what is not there any more", function()
    local p = place()
    local ticket = p.expect()
    p.settle()
    local room = ticket.shelf.idle[1].room
    function room.is_moved(self)
      return self == room
    end
    assert.equal(2, p.pool:take(ticket).number)
    p.settle()
    assert.same({ { 1 }, 1 }, { p.closed, p.pool.stats.dead })
  end)

  it("takes no room that shows what was replaced while it was made", function()
    local p = place({ ms = 5, may_not = true })
    local ticket = p.expect()
    local first
    p.moves = function(room)
      first = first or room
      return room == first
    end
    assert.equal(2, p.pool:take(ticket).number)
    p.settle()
    assert.same({ { 1 }, 1, 1 }, { p.closed, p.pool.stats.dead, ticket.shelf.out })
  end)

  it("gives no room of before where it cannot be made again for the same claim", function()
    local p = place({ may_not = true, fails = { [2] = true } })
    local ticket = p.expect()
    local room = p.pool:take(ticket)
    room:close()
    p.pool:ended(ticket, room)
    local other, err = p.pool:take(ticket)
    assert.is_nil(other)
    assert.same({ "no room 2", 0 }, { (err or {}).message, ticket.shelf.out })
    assert.equal(3, p.pool:take(ticket).number)
    p.settle()
    assert.equal(1, ticket.shelf.out)
  end)

  it("does not tell of a claim that is served why it was not before", function()
    local p = place({ may_not = true, fails = { true } })
    local ticket = p.expect()
    assert.is_nil((p.pool:take(ticket)))
    local room, err = p.pool:take(ticket)
    assert.same({ 2 }, { room.number, err })
  end)

  for name, opts in pairs({ ["for who waits"] = { may_not = true }, ahead = { jobs = 2 } }) do
    it("makes no rooms without end where what they show is replaced each time, " .. name, function()
      local p, tickets = place(opts), {}
      p.moves = function(room)
        return room.number <= 60
      end
      for i = 1, 4 do
        tickets[i] = p.expect()
      end
      local room, err = p.pool:take(tickets[1])
      assert.is_nil(room)
      assert.same({ "EROOM", "a folder of this machine that it shows was replaced before it could "
        .. "be used, 5 times" }, { err.code, err.message })
      p.settle()
      assert.is_true(p.made <= 8, p.made)
      assert.same({ 5, 5, 0 }, { p.pool.stats.dead, #p.closed, tickets[1].shelf.out })
    end)
  end

  it("does not count rooms that waited before somebody came for one", function()
    local p, tickets = place({ jobs = 7 }), {}
    p.moves = function(room)
      return room.number <= 7
    end
    for i = 1, 7 do
      tickets[i] = p.expect()
    end
    p.settle()
    assert.equal(7, p.made)
    assert.equal(8, p.pool:take(tickets[1]).number)
    p.settle()
  end)

  it("asks a room that knows better than by a look at its files whether it lives", function()
    local p = place()
    local ticket = p.expect()
    p.settle()
    local room = ticket.shelf.idle[1].room
    room.is_dead = true -- for `stat`
    function room.ping()
      return true
    end
    assert.equal(room, p.pool:take(ticket))
    assert.equal(0, p.pool.stats.dead)
  end)

  it("closes a room whose taker is cancelled as it is asked after the end of the pool", function()
    local p = place()
    local ticket = p.expect()
    p.settle()
    ticket.shelf.idle[1].room.hangs = true
    local waiter = core.spawn(function()
      return p.pool:take(ticket)
    end)
    core.sleep(5)
    p.pool:close()
    assert.same({}, p.closed)
    waiter:cancel()
    assert.is_nil((waiter:join()))
    p.settle()
    assert.same({ 1 }, p.closed)
    assert.same({}, ticket.shelf.idle)
    assert.equal(0, ticket.shelf.out)
  end)

  it("tells who waits why it got none, and tries again for the next", function()
    local p = place({ fails = { true, true } })
    local first, second = p.expect(), p.expect()
    local room, err = p.pool:take(first)
    assert.is_nil(room)
    assert.equal("EROOM", err.code)
    p.settle()
    assert.equal(2, p.made) -- and no third one, as long as nobody waits for it
    assert.equal(3, p.pool:take(second).number)
  end)

  it("gives up a wait that is cancelled, and keeps the room for another", function()
    local p = place({ ms = 30 })
    local first, second = p.expect(), p.expect()
    local waiter = core.spawn(function()
      return p.pool:take(first)
    end)
    core.sleep(5)
    waiter:cancel()
    local room, err = waiter:join()
    assert.is_nil(room)
    assert.equal("ECANCELED", err.code)
    assert.is_truthy(p.pool:take(second))
    p.settle()
    assert.equal(1, #p.pool:close() + #p.closed)
  end)

  it("closes at its end what nobody took, and tells what could not be closed", function()
    local p = place({ close_error = error_new({ code = "EAGENT", message = "lost", op = "fake" }) })
    p.expect()
    p.settle()
    local errors = p.pool:close()
    assert.same({ 1 }, p.closed)
    assert.equal(1, #errors)
    assert.equal(1, p.pool.stats.wasted)
  end)

  it("closes a room that comes after its end", function()
    local p = place({ ms = 30 })
    p.expect()
    core.sleep(5)
    p.pool:close()
    p.settle()
    assert.same({ 1, 1 }, { p.closed[1], p.pool.stats.wasted })
  end)

  it("closes a room that was waited with for too long", function()
    local p = place({ idle_ms = 50 })
    p.expect()
    p.settle()
    local now = require("engine.run.clock").ms()
    local left = p.pool:sweep(now)
    assert.is_true(left > 0 and left <= 50)
    assert.is_nil(p.pool:sweep(now + 60))
    assert.same({ 1 }, p.closed)
  end)

  describe("of rooms that can be used again", function()
    local dirty = require("engine.pool.dirty")
    local look, left = dirty.look, dirty.left
    local residue
    before_each(function()
      residue = {}
      dirty.look = function()
        return "clean"
      end
      dirty.left = function(_, clean)
        assert.equal("clean", clean)
        return residue
      end
    end)
    after_each(function()
      dirty.look, dirty.left = look, left
    end)
    local REUSE = { project = "none", reuse = "verified" }

    it("gives one that is clean to the next, and makes no other", function()
      local p = place()
      local first, second = p.expect("a", REUSE), p.expect("b", REUSE)
      local room = p.pool:take(first)
      p.settle()
      assert.equal(1, p.made)
      assert.is_true((p.pool:give_back(first, room)))
      local again, _, taken = p.pool:take(second)
      assert.equal(room, again)
      assert.same({ "b", "reused" }, { again.name, taken.from })
      assert.equal(1, p.made)
    end)

    it("looks again at one that waited, and gives another when it is not clean any more", function()
      local p, looked_ms = place(), idle.LOOKED_MS
      local first, second = p.expect("a", REUSE), p.expect("b", REUSE)
      local room = p.pool:take(first)
      p.settle()
      assert.is_true((p.pool:give_back(first, room)))
      residue, idle.LOOKED_MS = { "files: /project/x" }, 0
      local other, _, taken = p.pool:take(second)
      idle.LOOKED_MS = looked_ms
      p.settle()
      assert.same({ 2, "made" }, { other.number, taken.from })
      assert.same({ 1 }, p.closed)
      assert.same({ 1, 0 }, { p.pool.stats.dirty, p.pool.stats.dead })
    end)

    it("keeps who waits until one is back, and makes one when it is not clean", function()
      local p = place()
      local first, second = p.expect("a", REUSE), p.expect("b", REUSE)
      local room = p.pool:take(first)
      local waiter = core.spawn(function()
        return p.pool:take(second)
      end)
      core.sleep(10)
      assert.equal(1, p.made)
      residue = { "files: /x", "processes: sh" }
      local is_back, why = p.pool:give_back(first, room)
      assert.same({ false, "files: /x; processes: sh" }, { is_back, why })
      p.pool:ended(first, room, 1)
      assert.equal(2, waiter:join().number)
      assert.equal(1, p.pool.stats.dirty)
    end)

    it("makes rooms ahead again where most do not come back clean", function()
      local p = place()
      residue = { "files: /x" }
      local waiting = {}
      for i = 1, 4 do
        local ticket = p.expect("a", REUSE)
        p.expect("b", REUSE)
        local room = p.pool:take(ticket)
        p.settle()
        waiting[i] = #ticket.shelf.idle > 0
        p.pool:give_back(ticket, room)
        p.pool:ended(ticket, room, 1)
        p.settle()
      end
      assert.same({ false, false, false, true }, waiting)
    end)

    it("takes none back that shows what was replaced", function()
      local p = place()
      local ticket = p.expect("a", REUSE)
      local room = p.pool:take(ticket)
      function room.is_moved(self)
        return self == room
      end
      assert.same({ false, "a folder that it shows was replaced" },
        { p.pool:give_back(ticket, room) })
    end)

    it("takes none back that its scenario has spoilt, nor when the run is over", function()
      local p = place()
      local ticket = p.expect("a", REUSE)
      local room = p.pool:take(ticket)
      assert.same({ false, "it did not pass" },
        { p.pool:give_back(ticket, room, "it did not pass") })
      p.pool:close()
      assert.same({ false }, { p.pool:give_back(ticket, room) })
    end)
  end)

  it("counts for the whole process as well", function()
    local before = pools.stats()
    local p = place()
    p.pool:take(p.expect())
    p.settle()
    local after = pools.stats()
    assert.equal(before.made + 1, after.made)
    assert.equal(before.taken + 1, after.taken)
  end)
end)

describe("the key of a room", function()
  local backend = { name = "docker", pools = "all", image_id = function(image)
    return image.id
  end }
  local function of(fields, room)
    local spec = { name = "a", project_dir = "/p", run_id = "r",
      room = { project = "ro", env = {}, inherit_env = {} } }
    for name, value in pairs(fields or {}) do
      spec[name] = value
    end
    for name, value in pairs(room or {}) do
      spec.room[name] = value
    end
    return key.of(backend, spec)
  end

  it("is the same for rooms that differ in their name alone", function()
    assert.equal(of(), of({ name = "b" }))
    assert.equal(of({}, { image = { id = "1", text = "i", pos = { line = 1 } } }),
      of({}, { image = { id = "1", text = "i", pos = { line = 2 } } }))
  end)

  it("is another one for all else that makes a room", function()
    local keys, count = {}, 0
    for _, made in ipairs({
      of(), of({ project_dir = "/q" }), of({ run_id = "s" }), of({ limits = { pids = 5 } }),
      of({ policy = { security_level = "high" } }), of({ services = { { name = "db" } } }),
      of({ hosts = "127.0.0.1 x" }), of({}, { project = "none" }),
      of({}, { env = { { "A", "1" } } }), of({}, { env = { { "A1", "" } } }),
      of({}, { inherit_env = { "HOME" } }), of({}, { reuse = "verified" }),
      of({}, { image = { id = "1", text = "i" } }), of({}, { image = { id = "2", text = "i" } }),
    }) do
      assert.is_nil(keys[made])
      keys[made], count = true, count + 1
    end
    assert.equal(14, count)
  end)

  it("is none where a spec holds more than data, or an image is not known", function()
    assert.is_nil(of({ policy = { check = print } }))
    assert.is_nil(of({}, { image = { text = "i" } }))
  end)
end)

describe("the size of a pool", function()
  it("is one more than run at once, until something is known", function()
    assert.equal(3, size.ahead(2, 2, {}))
  end)

  it("covers what is taken while a room is made, within what the machine can make", function()
    assert.equal(1, size.ahead(1, 2, { made_ms = 100, used_ms = 5000 }))
    assert.equal(3, size.ahead(1, 8, { made_ms = 250, used_ms = 100 }))
    assert.equal(4, size.ahead(1, 2, { made_ms = 250, used_ms = 5 }))
    assert.equal(4, size.ahead(4, 2, { made_ms = 10, used_ms = 5000 }))
  end)

  it("follows what was measured last", function()
    assert.equal(8, size.mean(nil, 8))
    assert.equal(10, size.mean(8, 16))
  end)
end)
