--- core.room: what a look at a room tells.
local clock = require("core.clock")
local rooms = require("core.room")

describe("room:survey", function()
  local room

  before_each(function()
    room = assert(rooms.open(assert(rooms.image({
      hostname = "looked-at",
      uid = 1000,
      gid = 1000,
      root_size = 1 << 20,
      root_inodes = 256,
      ops = {
        { kind = "dir", target = "/ro", mode = 493 },
        { kind = "proc", target = "/proc" },
        { kind = "tmpfs", target = "/a b", mode = 511, size = 1 << 20, inodes = 64 },
      },
    }))))
  end)
  after_each(function()
    room:close()
  end)

  local function lines(text, letter)
    local list = {}
    for line in text:gmatch("[^\n]+") do
      list[#list + 1] = line:sub(1, 1) == letter and line:sub(3) or nil
    end
    return list
  end

  it("lists mounts, the machine's name, what is inherited, and no process but the agent", function()
    local text = assert(room:survey(0))
    assert.same({ "looked-at (none)" }, lines(text, "h"))
    assert.matches(" /a\\134040b rw,", table.concat(lines(text, "m"), "\n"), 1, true)
    assert.same({}, lines(text, "p"))
    assert.same({}, lines(text, "q"))
    assert.matches("\na Max open files ", text)
    assert.matches("\nn sockets: used %d", text)
    local again = assert(room:survey(0))
    for _, letter in ipairs({ "m", "f", "u", "a", "!" }) do
      assert.same(lines(text, letter), lines(again, letter))
    end
  end)

  it("lists all files in memory that can be written to, and what is in them", function()
    assert(room:put("/a b/old\n\\", "x"))
    local all = lines(assert(room:survey(0)), "f")
    assert.equal(2, #all)
    assert.matches("^d 777 .* /a b$", all[1])
    assert.matches("^f 644 %d+ %d+ 1 1 %d+ %d+ %d+ /a b/old\\012\\134$", all[2])
    assert.same(all, lines(assert(room:survey(clock.wall() + 3600000000000)), "f"))
    assert.same({ "/a b/old\\012\\134\tx" }, lines(assert(room:survey(0)), "c"))
    local used = lines(assert(room:survey(0)), "u")
    assert.same({ "1 2 /a b" }, used)
  end)

  it("says the clock by which files have their times, and since when it tells changes", function()
    local function times(since)
      local line = lines(assert(room:survey(since)), "t")[1]
      local list = {}
      for number in line:gmatch("%d+") do
        list[#list + 1] = math.tointeger(number)
      end
      return list
    end
    local first, second = times(), times(77)
    assert.equal(first[2] - 1000000000, first[1])
    assert.equal(77, second[1])
    assert.is_true(second[2] >= first[2] and second[3] > first[3])
    assert.equal(0, first[4])
  end)

  it("refuses a time that none is, and a room that is closed", function()
    assert.error_matches(function()
      room:survey(-1)
    end, "out of range")
    assert.error_matches(function()
      room:survey("now")
    end, "number expected")
    room:close()
    assert.error_matches(function()
      room:survey(0)
    end, "closed")
  end)
end)
