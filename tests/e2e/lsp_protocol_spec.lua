--- clnrm lsp: the protocol as such, kept and broken.
local json = require("core.json")
local lsp = dofile("tests/e2e/lsp_client.lua")
local support = lsp.support

local GOOD = support.HELLO
local INITIALIZE = { id = 1, method = "initialize", params = { capabilities = {} } }

--- Runs the program on bytes; returns what it answered, its exit code and what it told.
local function on(bytes)
  local dir = support.tempdir()
  support.write(dir .. "/in", bytes)
  local got = support.sh("clnrm lsp <in", { cwd = dir })
  support.remove(dir)
  local messages, at = {}, 1
  while at <= #got.out do
    local length, from = got.out:match("^Content%-Length: (%d+)\r\n\r\n()", at)
    messages[#messages + 1] = assert(json.decode(got.out:sub(from, from + length - 1)))
    at = from + length
  end
  return messages, got.code, got.err
end

describe("the protocol", function()
  it("begins with initialize and ends with shutdown and exit", function()
    local client = lsp.start()
    assert.equal("clnrm", client.initialized.serverInfo.name)
    assert.equal("utf-16", client.initialized.capabilities.positionEncoding)
    assert.equal(2, client.initialized.capabilities.textDocumentSync.change)
    assert.equal(json.null, (client:request("shutdown")))
    local _, err = client:request("textDocument/hover", {})
    assert.equal(-32600, err.code)
    client:notify("exit")
    local code, told = client:finish(true)
    assert.same({ 0, "" }, { code, told })
  end)

  it("takes UTF-8 when it is offered", function()
    local client = lsp.start({ capabilities = {
      general = { positionEncodings = json.array({ "utf-32", "utf-8" }) },
    } })
    assert.equal("utf-8", client.initialized.capabilities.positionEncoding)
    client:open("a.clnrm.toml", GOOD .. "'😀é' = 1\n")
    assert.equal(8, client:diagnostics("a.clnrm.toml")[1].range["end"].character)
    client:finish()
  end)

  it("refuses what comes before initialize, and a second initialize", function()
    local client = lsp.start({ raw = true })
    local _, err = client:request("textDocument/hover", {})
    assert.equal(-32002, err.code)
    client:open("a.clnrm.toml", "x") -- a notification has no answer
    client:request("initialize", { capabilities = {} })
    _, err = client:request("initialize", { capabilities = {} })
    assert.equal(-32600, err.code)
    client:finish()
    assert.equal("", client.rest)
  end)

  it("answers what it does not know, and what is no request", function()
    local client = lsp.start()
    local _, err = client:request("textDocument/telepathy", {})
    assert.equal(-32601, err.code)
    client:notify("$/whatever", {})
    for body, code in pairs({
      ["{"] = -32700, ["[]"] = -32600, ["1"] = -32600, ['"\xff"'] = -32700,
      ['{"id":9,"method":"x"}'] = -32600, ['{"jsonrpc":"2.0","id":9}'] = -32600,
      ['{"jsonrpc":"2.0","id":{},"method":"x"}'] = -32600,
      ['{"jsonrpc":"2.0","id":9,"method":"shutdown","params":1}'] = -32602,
      [("["):rep(5000)] = -32700,
    }) do
      client:write(("Content-Length: %d\r\n\r\n%s"):format(#body, body))
      local got = client:read()
      assert.equal(code, got.error.code, body)
    end
    _, err = client:ask("formatting", "never-opened.clnrm.toml")
    assert.equal(-32602, err.code)
    client:write(lsp.framed({ id = json.null, result = 1 })) -- an answer to nothing
    client:finish()
  end)

  it("answers parameters of the wrong form as such, and logs those of notifications", function()
    local client = lsp.start()
    client:open("a.clnrm.toml", GOOD)
    local document = { uri = client:uri("a.clnrm.toml") }
    local shapes = { {}, json.array(), { textDocument = 1 }, { textDocument = json.array() },
      { textDocument = { uri = 1 } }, { textDocument = { uri = "" } } }
    for _, place in ipairs({ 1, json.null, { line = "1", character = 0 }, { line = -1,
      character = 0 }, { line = 0 }, { line = 0.5, character = 1 } }) do
      shapes[#shapes + 1] = { textDocument = document, position = place,
        range = { start = place, ["end"] = place } }
    end
    for _, method in ipairs({ "hover", "completion", "definition", "codeAction",
      "rangeFormatting" }) do
      for i, shape in ipairs(shapes) do
        local _, err = client:request("textDocument/" .. method, shape)
        assert.equal(-32602, err and err.code, method .. " " .. i)
      end
    end
    for _, method in ipairs({ "didOpen", "didChange", "didSave", "didClose" }) do
      client:notify("textDocument/" .. method, { textDocument = { uri = 1 }, contentChanges = 1 })
      client:take(function(m)
        return m.method == "window/logMessage"
          and m.params.message == ("textDocument/%s: `uri` must be a text"):format(method)
      end)
    end
    local code = client:finish()
    assert.equal(0, code)
  end)

  it("exits with 1 when the client goes without shutdown", function()
    local client = lsp.start()
    client:notify("exit")
    local code, err = client:finish(true)
    assert.equal(1, code)
    assert.matches("^error: `exit` came before `shutdown`", err)
    client = lsp.start()
    code, err = client:finish(true)
    assert.equal(1, code)
    assert.matches("^error: the client is gone", err)
    client = lsp.start()
    client:request("shutdown")
    assert.equal(0, (client:finish(true)))
  end)

  it("ends when the process that initialize names does, though its input stays open", function()
    for wait, is_asked in pairs({ ["sleep 600"] = false, ["sleep 601"] = true }) do
      local client = lsp.start({ raw = true })
      local pipe = assert(io.popen(wait .. " >/dev/null & echo $!"))
      local pid = math.tointeger(tonumber(pipe:read()))
      pipe:close()
      client:request("initialize", { capabilities = {}, processId = pid })
      assert.equal(-32601, select(2, client:request("still/there")).code)
      if is_asked then
        client:request("shutdown")
      end
      assert(os.execute("kill " .. pid))
      local rest = client.output:read("a") -- to the end, which the server makes
      local code, err = client:finish(true)
      assert.same({ is_asked and 0 or 1, "" }, { code, rest })
      assert.equal(is_asked and "" or ("error: the client is gone: its process %d has ended\n")
        :format(pid), err)
    end
  end)

  it("ends with a client whose process is not there, and takes none for what it says", function()
    local client = lsp.start({ raw = true })
    client:request("initialize", { capabilities = {}, processId = 4194304 })
    assert.equal("", client.output:read("a"))
    local code, err = client:finish(true)
    assert.equal(1, code)
    assert.matches("its process 4194304 has ended", err)
    client = lsp.start({ raw = true })
    for _, wrong in ipairs({ "1", 1.5, true }) do
      local _, failure = client:request("initialize", { capabilities = {}, processId = wrong })
      assert.equal(-32602, failure.code)
    end
    client:request("initialize", { capabilities = {}, processId = json.null })
    assert.equal(0, (client:finish()))
    for _, none in ipairs({ 0, -1, 4294967297 }) do
      client = lsp.start({ raw = true })
      local result, failure = client:request("initialize", { capabilities = {}, processId = none })
      assert.is_nil(failure)
      assert.is_table(result.capabilities)
      assert.equal(0, (client:finish()))
    end
  end)

  it("takes a message byte by byte, and many at once", function()
    local client = lsp.start({ raw = true })
    for byte in lsp.framed(INITIALIZE):gmatch(".") do
      client:write(byte)
    end
    assert.equal(1, client:read().id)
    local many = {}
    for i = 2, 200 do
      many[#many + 1] = lsp.framed({ id = i, method = "nothing" .. i })
    end
    client:write(table.concat(many))
    for i = 2, 200 do
      assert.equal(i, client:read().id)
    end
    client:finish()
  end)

  it("reads a file as it reads a pipe", function()
    local messages, code = on(lsp.framed(INITIALIZE)
      .. lsp.framed({ id = 2, method = "shutdown" }) .. lsp.framed({ method = "exit" }))
    assert.equal(0, code)
    assert.same({ 1, 2 }, { messages[1].id, messages[2].id })
  end)

  it("ends with 2 and says why when that is not the protocol", function()
    for bytes, why in pairs({
      ["hello world"] = "a header was expected, not `hello world`",
      ["GET / HTTP/1.1\r\n\r\n"] = "a header was expected, not `GET / HTTP/1.1`",
      ["\27[31m\r\n\r\n"] = "a header was expected, not `␛%[31m`",
      ["Content-Type: a\r\n\r\n"] = "a header without Content%-Length",
      ["Content-Length: -1\r\n\r\n"] = "Content%-Length must be one number, not `%-1`",
      ["Content-Length: 0x10\r\n\r\n"] = "must be one number, not `0x10`",
      ["Content-Length: 1\r\nContent-Length: 2\r\n\r\n"] = "must be one number",
      ["Content-Length: 99999999999\r\n\r\n"] = "a message of 99999999999 bytes: more than 1 GiB",
      ["Content-Length: 5\r\nContent-Type: x; charset=latin1\r\n\r\n"] = "UTF%-8, not `latin1`",
      ["X-" .. ("a"):rep(5000)] = "a header of more than 4096 bytes",
      ["Content-Length: 5\r\n\r\n{"] = "ended inside of a message",
      ["Content-Len"] = "ended inside of a message",
    }) do
      local _, code, err = on(bytes)
      assert.equal(2, code, bytes)
      assert.matches("^error: [^\n]*" .. why .. "[^\n]*\n$", err, bytes)
    end
  end)

  it("ends and says why when nothing can be read or written", function()
    local dir = support.tempdir()
    support.write(dir .. "/in", lsp.framed(INITIALIZE))
    for shell, wanted in pairs({
      ["clnrm lsp <&-"] = { 2, "standard input: bad file descriptor" },
      ["clnrm lsp </"] = { 2, "standard input: .*directory" },
      ["clnrm lsp <in >/dev/full"] = { 1, "standard output: no space left" },
      ["exec 3> >(:); wait $!; clnrm lsp <in >&3"] = { 1, "the client is gone: nobody reads" },
      ["script -qefc '$CLNRM lsp' /dev/null"] = { 2, "standard input is a terminal" },
    }) do
      local got = support.sh("export CLNRM; " .. shell, { cwd = dir })
      assert.equal(wanted[1], got.code, shell)
      assert.matches(wanted[2], got.err .. got.out, 1, false, shell)
    end
    support.remove(dir)
  end)

  it("cancels a request that still waits", function()
    local client = lsp.start()
    local many = { lsp.framed({ id = 100, method = "shutdown" }) }
    many[2] = lsp.framed({ id = "b", method = "textDocument/hover", params = {} })
    many[3] = lsp.framed({ method = "$/cancelRequest", params = { id = "b" } })
    many[4] = lsp.framed({ method = "$/cancelRequest", params = { id = 12345 } })
    client:write(table.concat(many))
    local _, err = client:answer("b")
    assert.equal(-32800, err.code)
    client:notify("exit")
    assert.equal(0, (client:finish(true)))
  end)
end)
