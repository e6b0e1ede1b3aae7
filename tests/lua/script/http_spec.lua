--- What an answer of a server is read as.
local http = require("engine.script.http")

local function parsed(text, method)
  return http.parse(text, method or "GET")
end

local function refused(text, pattern)
  local answer, err = parsed(text)
  assert.is_nil(answer)
  assert.equal("EPROTO", err.code)
  assert.matches(pattern, err.message)
end

describe("engine.script.http.parse", function()
  it("reads status, headers and body", function()
    local answer = parsed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\nx-a:  2 \r\n\r\nhi")
    assert.equal(200, answer.status)
    assert.same({ ["content-length"] = "2", ["x-a"] = "1, 2" }, answer.headers)
    assert.equal("hi", answer.body)
  end)

  it("takes what stands before the end of the connection, when no length is said", function()
    assert.equal("all of it", parsed("HTTP/1.0 404 Not Found\r\n\r\nall of it").body)
    assert.equal("", parsed("HTTP/1.0 200\r\nA: b\r\n\r\n").body)
  end)

  it("joins chunks", function()
    local head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert.equal("hello there",
      parsed(head .. "5\r\nhello\r\n6;x=y\r\n there\r\n0\r\nT: v\r\n\r\n").body)
    refused(head .. "5\r\nhel", "shorter than it says")
    refused(head .. "5\r\nhello\r\n", "a chunk is missing")
    refused(head .. "5\r\nhello6\r\n", "without an end")
    refused(head .. "zz\r\nhello", "a chunk is missing")
    refused(head .. "ffffffffffffffff\r\nhello\r\n0\r\n", "")
  end)

  it("gives no part of a body", function()
    refused("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", "2 of 9 bytes")
  end)

  it("passes over answers of the kind 100", function()
    assert.equal(201, parsed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n\r\n").status)
  end)

  it("knows answers without a body", function()
    assert.equal("", parsed("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n").body)
    assert.equal("", parsed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD").body)
  end)

  it("refuses what is no HTTP", function()
    refused("", "said nothing")
    refused("SSH-2.0-x\r\n", "no HTTP")
    refused("HTTP/1.1 200 OK\r\nHalf", "no HTTP")
    refused("HTTP/2 200\r\n\r\n", "no HTTP")
  end)
end)
