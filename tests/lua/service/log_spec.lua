local log = require("engine.service.log")

describe("engine.service.log", function()
  it("tells the last lines of both outputs as they came", function()
    local l = log.new()
    l:add("stdout", "one\ntw")
    l:add("stderr", "oh\r\n")
    l:add("stdout", "o\nthr")
    assert.same({ "one", "oh", "two", "thr" }, l:lines())
    assert.same({ "two", "thr" }, l:lines(2))
    l:add("stdout", "ee\n")
    assert.same({ "one", "oh", "two", "three" }, l:lines())
    assert.same({}, log.new():lines())
  end)

  it("masks whole lines, also those that came in pieces", function()
    local l = log.new(function(line)
      return (line:gsub("secret", "***"))
    end)
    l:add("stdout", "the sec")
    l:add("stderr", "x\n")
    l:add("stdout", "ret is out\n")
    assert.same({ "x", "the *** is out" }, l:lines())
  end)

  it("keeps the end of much, and never the rest of a line whose beginning is gone", function()
    for _, size in ipairs({ 7, 1000, 5000, 100000, log.BYTES_MAX + 1, 3 * log.BYTES_MAX }) do
      local l, all = log.new(), {}
      for i = 1, 20000 do
        all[i] = ("line %06d of it\n"):format(i)
      end
      local text = table.concat(all)
      for at = 1, #text, size do
        l:add("stdout", text:sub(at, at + size - 1))
        l:add("stderr", "")
      end
      local lines = l:lines()
      assert.is_true(#lines == log.LINES_MAX)
      assert.equal("line 020000 of it", lines[#lines])
      for i, line in ipairs(lines) do
        assert.equal(all[20000 - #lines + i], line .. "\n")
      end
    end
  end)

  it("keeps nothing of a line that is longer than all that it keeps", function()
    local l = log.new()
    for _ = 1, 10 do
      l:add("stdout", ("x"):rep(log.BYTES_MAX // 3))
    end
    assert.same({}, l:lines())
    l:add("stdout", "\nend")
    assert.same({ "end" }, l:lines())
    l = log.new()
    l:add("stdout", ("x"):rep(2 * log.LINE_MAX) .. "\n")
    assert.same({ ("x"):rep(log.LINE_MAX) .. "..." }, l:lines())
  end)

  it("keeps the lines behind one that is too long when the other output goes on", function()
    local l = log.new()
    l:add("stdout", ("x"):rep(2 * log.BYTES_MAX) .. "\nup\n")
    l:add("stderr", "a word\n")
    assert.same({ "up", "a word" }, l:lines())
    l:add("stdout", ("y"):rep(log.BYTES_MAX) .. "\ny\n")
    assert.same({ "y" }, l:lines())
    l:add("stdout", "z\n")
    l:add("stderr", "end\n")
    assert.same({ "y", "z", "end" }, l:lines())
  end)

  it("hands on what comes, to who listens, with what was there and how its lines begin", function()
    local l, heard = log.new(function(line)
      return (line:gsub("secret", "***"))
    end), {}
    l:add("stdout", "a secret of ada\nbeg")
    l:add("stderr", "oh")
    local function each(stream, text)
      heard[#heard + 1] = stream .. ":" .. text
    end
    local lines, rest = l:listen(each, function(line)
      return (line:gsub("ada", "+++"))
    end)
    assert.same({ "a *** of +++" }, lines)
    assert.same({ stdout = "beg", stderr = "oh" }, rest)
    l:add("stdout", "in\nsecret")
    l:add("stdout", "")
    l:add("stderr", "!")
    l:unlisten(each)
    l:add("stdout", "more\n")
    assert.same({ "stdout:in\nsecret", "stderr:!" }, heard)
    assert.same({ "a *** of ada", "begin", "***more", "oh!" }, l:lines())
  end)

  it("says of a line whose beginning is gone that it is not known how it begins", function()
    local l = log.new()
    l:add("stdout", ("x"):rep(2 * log.BYTES_MAX))
    local lines, rest = l:listen(function() end)
    assert.same({}, lines)
    assert.same({ stderr = "" }, rest)
  end)
end)
