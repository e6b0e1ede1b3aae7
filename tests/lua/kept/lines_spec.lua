local lines_of = require("engine.kept.lines")

local function collect()
  local list = {}
  return list, function(line)
    list[#list + 1] = line
  end
end

local function frame(stream, text)
  return (">BxxxI4"):pack(stream, #text) .. text
end

describe("engine.kept.lines", function()
  it("makes the same lines of text however it is cut", function()
    local text = "one\n\nthree is longer\nlast"
    for size = 1, #text do
      local list, each = collect()
      local feed, finish = lines_of.feeder(each)
      for at = 1, #text, size do
        feed(text:sub(at, at + size - 1))
      end
      finish()
      assert.same({ "one", "", "three is longer", "last" }, list)
    end
  end)

  it("holds no more than a maximum of a line, says what is left out, and goes on", function()
    local list, each = collect()
    local feed, finish = lines_of.feeder(each)
    local piece = ("x"):rep(1000)
    for _ = 1, lines_of.LINE_MAX // 1000 + 10 do
      feed(piece)
    end
    feed("\nnext\n")
    finish()
    local over = (lines_of.LINE_MAX // 1000 + 10) * 1000 - lines_of.LINE_MAX
    assert.equal(("x"):rep(lines_of.LINE_MAX) .. (" [%d more bytes of this line are not shown]")
      :format(over), list[1])
    assert.same({ "next" }, { table.unpack(list, 2) })
  end)

  it("takes frames apart however they are cut, each output for itself", function()
    local bytes = frame(1, "out ") .. frame(2, "err\n") .. frame(1, "") .. frame(1, "put\n")
      .. frame(7, "other\n")
    for size = 1, #bytes do
      local list, each = collect()
      local take = lines_of.frames({ (lines_of.feeder(each)), (lines_of.feeder(each)) })
      for at = 1, #bytes, size do
        take(bytes:sub(at, at + size - 1))
      end
      assert.same({ "err", "out put", "other" }, list)
    end
  end)

  it("copies a long line once: what it holds grows by what comes", function()
    local each = function() end
    local feed = lines_of.feeder(each)
    local take, piece = lines_of.frames({ feed }), frame(1, ("x"):rep(16384))
    collectgarbage()
    collectgarbage("stop")
    local before = collectgarbage("count")
    for _ = 1, 256 do
      take(piece)
    end
    local made_kb = collectgarbage("count") - before
    collectgarbage("restart")
    -- 4 MiB come: a copy or two of each byte, where one of all before would be some 500 MiB
    assert.is_true(made_kb < 32 * 1024, made_kb .. " KiB")
  end)
end)
