--- Who may ask the page for what.
local guard = require("engine.dev.ui.guard")

local TOKEN = ("0123456789abcdef"):rep(2)

local function check(method, path, headers)
  headers = headers or {}
  headers.host = headers.host or "127.0.0.1:7000"
  return guard.check({ method = method, path = path, headers = headers, query = {}, body = "" },
    { port = 7000, token = TOKEN })
end

local function status(...)
  local path, code = check(...)
  assert.is_nil(path)
  return code
end

describe("engine.dev.ui.guard", function()
  it("lets in who has the token, and tells what is asked for below it", function()
    assert.equal("", (check("GET", "/" .. TOKEN .. "/")))
    assert.equal("part/file", (check("GET", "/" .. TOKEN .. "/part/file")))
    assert.equal("", (check("GET", "/" .. TOKEN .. "/", { host = "LOCALHOST:7000" })))
  end)

  it("lets in nobody without it", function()
    for _, path in ipairs({ "/", "/x/", "/" .. TOKEN, "/" .. TOKEN:sub(1, -2) .. "/",
      "/" .. TOKEN:sub(1, -2) .. "0/", "//" .. TOKEN .. "/", "/" .. TOKEN:upper() .. "/" }) do
      assert.equal(403, status("GET", path), path)
    end
  end)

  it("lets in no other name of this address", function()
    for _, host in ipairs({ "evil.example:7000", "127.0.0.1.evil.example:7000", "127.0.0.1",
      "127.0.0.1:7001", "", "[::1]:7000", "localhost:7000:7000", "127.0.0.1:" }) do
      assert.equal(403, status("GET", "/" .. TOKEN .. "/", { host = host }), host)
    end
    local path = guard.check({ method = "GET", path = "/" .. TOKEN .. "/", headers = {} },
      { port = 7000, token = TOKEN })
    assert.is_nil(path)
  end)

  it("takes orders from the page itself, and from what is no browser", function()
    local path = "/" .. TOKEN .. "/order"
    assert.equal("order", (check("POST", path, { origin = "http://127.0.0.1:7000" })))
    assert.equal("order", (check("POST", path)))
    assert.equal("order", (check("POST", path, { ["sec-fetch-site"] = "same-origin" })))
    for _, headers in ipairs({ { origin = "http://evil.example" }, { origin = "null" },
      { origin = "http://127.0.0.1:7001" }, { origin = "https://127.0.0.1:7000" },
      { origin = "http://localhost:7000" }, { ["sec-fetch-site"] = "cross-site" },
      { ["sec-fetch-site"] = "same-site" } }) do
      assert.equal(403, status("POST", path, headers))
    end
  end)

  it("gives the metrics to who has no token, and takes nothing there", function()
    assert.equal("/metrics", (check("GET", "/metrics")))
    assert.equal(403, status("POST", "/metrics"))
    assert.equal(403, status("GET", "/metrics", { host = "evil.example:7000" }))
    assert.equal(403, status("GET", "/metrics/"))
  end)

  it("knows no other methods", function()
    for _, method in ipairs({ "PUT", "DELETE", "OPTIONS", "TRACE" }) do
      assert.equal(405, status(method, "/" .. TOKEN .. "/"))
    end
  end)

  it("compares whole texts", function()
    assert.is_true(guard.same("abc", "abc"))
    assert.is_true(guard.same("", ""))
    for _, other in ipairs({ "abd", "bbc", "ab", "abcd", "" }) do
      assert.is_false(guard.same("abc", other))
    end
  end)

  it("reads forms", function()
    assert.same({ order = "go on", id = "a=b&c\0", empty = "", bare = "" },
      guard.form("order=go+on&id=a%3Db%26c%00&empty=&bare&=x"))
    assert.same({}, guard.form(""))
  end)
end)
