local frame = require("engine.lsp.frame")

local function bodies_of(bytes, size)
  local framer, all = frame.new(), {}
  for at = 1, #bytes, size do
    local bodies, why = framer:feed(bytes:sub(at, at + size - 1))
    if not bodies then
      return nil, why
    end
    table.move(bodies, 1, #bodies, #all + 1, all)
  end
  return all, framer:is_between()
end

describe("engine.lsp.frame", function()
  it("gives the same bodies however the bytes were cut", function()
    local texts = { "", "{}", ("x"):rep(5000), "\r\n\r\n", "é" }
    local bytes = ""
    for _, text in ipairs(texts) do
      bytes = bytes .. frame.wrap(text)
    end
    for size = 1, 200 do
      local bodies, is_between = bodies_of(bytes, size)
      assert.same(texts, bodies, size)
      assert.is_true(is_between)
    end
  end)

  it("takes further headers, in any case, and line ends without CR", function()
    assert.same({ "ab" }, (bodies_of('content-LENGTH:2\r\nContent-Type: x/y; charset="utf-8"\r\n'
      .. "X-Other: y\r\n\r\nab", 7)))
    assert.same({ "ab" }, (bodies_of("Content-Length: 2\n\nab", 1)))
  end)

  it("skips what is too long, and goes on behind it", function()
    local long = ("ab"):rep((frame.BODY_MAX >> 1) + 1)
    local bodies = bodies_of(frame.wrap("1") .. frame.wrap(long) .. frame.wrap("2"), 65536)
    assert.same({ "1", { size = #long, begin = long:sub(1, 1000) }, "2" }, bodies)
  end)

  it("knows when a message is not whole", function()
    assert.is_false(select(2, bodies_of("Content-Length: 2\r\n\r\na", 3)))
    assert.is_false(select(2, bodies_of("Content", 3)))
  end)

  it("says what is wrong as soon as that is known", function()
    local framer = frame.new()
    assert.same({}, framer:feed("Content-Le"))
    assert.matches("a header was expected", select(2, framer:feed("{")))
    assert.matches("more than 4096", select(2, bodies_of("A: " .. ("b"):rep(5000), 100)))
    assert.matches("more than 1 GiB", select(2, bodies_of("Content-Length: 1073741825\r\n\r\n", 9)))
    assert.matches("one number", select(2, bodies_of("Content-Length: 1 1\r\n\r\n", 9)))
  end)
end)
