-- luacheck: no max line length
--- What the engine answers when it refuses, in each of its forms.
local json = require("core.json")
local mask = require("engine.secrets.mask")
local of = require("engine.docker.error")

describe("an error of the engine", function()
  it("is JSON with a message", function()
    local err = of.of_answer(404, '{"message":"No such image: nope:latest"}\n', { op = "images.inspect" })
    assert.same({ "ENGINE_NOT_FOUND", "No such image: nope:latest", "images.inspect", 404 },
      { err.code, err.message, err.op, err.detail.status })
    assert.matches("docker pull", err.detail.help)
  end)

  it("is a plain text of an old version", function()
    local err = of.of_answer(400,
      "client version 1.10 is too old. Minimum supported API version is 1.24, please upgrade\n")
    assert.equal("ENGINE_BAD_REQUEST", err.code)
    assert.matches("^client version 1.10 is too old. Minimum", err.message)
    assert.matches("DOCKER_API_VERSION", err.detail.help)
  end)

  it("says that what goes while Podman is asked about it is not there", function()
    for cause, status in pairs({ ["no such container"] = 404, ["no such volume"] = 404,
        ["network not found"] = 404, ["disk on fire"] = 500 }) do
      local err = of.of_answer(500, ('{"cause":"%s","message":"container 12 does not exist in '
        .. 'database: %s","response":500}'):format(cause, cause))
      assert.equal(status, err.detail.status, cause)
      assert.equal(status == 404 and "ENGINE_NOT_FOUND" or "ENGINE_SERVER", err.code)
    end
  end)

  it("has Podman's cause, once", function()
    local err = of.of_answer(404, '{"cause":"no such container","message":"no container with name or '
      .. 'ID \\"x\\" found: no such container","response":404}')
    assert.equal('no container with name or ID "x" found: no such container', err.message)
    assert.equal("no such container", err.detail.reason)
    err = of.of_answer(500, '{"cause":"disk on fire","message":"it broke","response":500}')
    assert.equal("it broke: disk on fire", err.message)
    assert.equal("only", of.of_answer(500, '{"cause":"only"}').message)
  end)

  it("has a code for each status", function()
    for status, code in pairs({
      [400] = "ENGINE_BAD_REQUEST", [401] = "ENGINE_UNAUTHORIZED", [403] = "ENGINE_FORBIDDEN",
      [404] = "ENGINE_NOT_FOUND", [409] = "ENGINE_CONFLICT", [429] = "ENGINE_RATE_LIMIT",
      [500] = "ENGINE_SERVER", [501] = "ENGINE_SERVER", [502] = "ENGINE_UNAVAILABLE",
      [503] = "ENGINE_UNAVAILABLE", [504] = "ENGINE_UNAVAILABLE", [418] = "ENGINE_API",
      [304] = "ENGINE_API",
    }) do
      assert.equal(code, of.of_answer(status, '{"message":"x"}').code, status)
    end
  end)

  it("knows what registries say through it, whatever the status", function()
    for words, code in pairs({
      ["Get https://r/v2/: no basic auth credentials"] = "ENGINE_UNAUTHORIZED",
      ["login attempt to http://127.0.0.1:5/v2/ failed with status: 401 Unauthorized"] =
        "ENGINE_UNAUTHORIZED",
      ["unauthorized: authentication required"] = "ENGINE_UNAUTHORIZED",
      denied = "ENGINE_FORBIDDEN",
      ["denied: requested access to the resource is denied"] = "ENGINE_FORBIDDEN",
      unauthorized = "ENGINE_UNAUTHORIZED",
      ["toomanyrequests: You have reached your pull rate limit"] = "ENGINE_RATE_LIMIT",
      ["write /var/lib/docker/x: no space left on device"] = "ENGINE_NO_SPACE",
    }) do
      local err = of.of_answer(500, json.encode({ message = words }))
      assert.equal(code, err.code, words)
      assert.is_string(err.detail.help)
      err = of.of_progress({ errorDetail = { message = words }, error = words })
      assert.same({ code, words }, { err.code, err.message })
    end
  end)

  it("takes a word of registries for one only where it begins the message", function()
    for _, words in ipairs({ "deniedly", "permission denied", "denied access" }) do
      assert.equal("ENGINE_SERVER", of.of_answer(500, json.encode({ message = words })).code)
    end
  end)

  it("is none in a line of progress that tells of none", function()
    for _, line in ipairs({ { status = "Pulling" }, {}, { aux = { Digest = "x" } } }) do
      assert.is_nil(of.of_progress(line))
    end
    assert.is_nil(of.of_progress("x"))
    assert.equal("plain", of.of_progress({ error = "plain" }).message)
    assert.matches("without words", of.of_progress({ error = json.null }).message)
  end)

  it("is one line of bounded length, whatever comes", function()
    for _, body in ipairs({
      "", " \n ", "\0", "\27]0;title\7\27[2J", '{"message":"a\\nb\\u001b[31m"}', '{"message":7}', "[]",
      '{"message":""}', '{"message":{"message":"x"}}', ("["):rep(60000), ('{"message":'):rep(2000),
      ("x"):rep(10 << 20), json.encode({ message = ("y"):rep(60000) }), "\255\254", "null",
      '{"message":"a","message":"b"}', "<html>502 Bad Gateway</html>", '{"message":"x","cause":["y"]}',
    }) do
      local err = of.of_answer(500, body)
      assert.is_nil(err.message:find("[%c]"), err.message)
      assert.is_true(#err.message > 0 and #err.message < 4 * of.MESSAGE_MAX, #err.message)
    end
    assert.equal("a b␛[31m", of.of_answer(500, '{"message":"a\\nb\\u001b[31m"}').message)
    assert.matches("answered 503 and says nothing", of.of_answer(503, "").message)
    assert.matches("answered 503 and says nothing", of.of_answer(503, nil).message)
  end)

  it("shows no secret, not where the body was cut either", function()
    local secret = "correct-horse-battery"
    local opts = { mask = mask.new({ secret }) }
    for _, body in ipairs({
      json.encode({ message = "login with " .. secret .. " failed" }), "Bearer " .. secret,
      json.encode({ message = "x", cause = secret }), (" "):rep(of.BODY_MAX - 10) .. secret,
    }) do
      local err = of.of_answer(500, body, opts)
      assert.is_nil(err.message:find("correct", 1, true), err.message)
      assert.is_truthy(err.message:find("***", 1, true), err.message)
      assert.is_nil((err.detail.reason or ""):find("correct", 1, true))
    end
    local err = of.of_progress({ error = "bad " .. secret }, opts)
    assert.equal("bad ***", err.message)
  end)
end)

describe("a call", function()
  it("is made again only when it changes nothing twice and was not served", function()
    for _, method in ipairs({ "GET", "HEAD", "DELETE" }) do
      for _, status in ipairs({ 502, 503, 504 }) do
        assert.is_true(of.may_retry(method, status))
      end
      for _, status in ipairs({ 200, 304, 400, 401, 404, 409, 429, 500, 501, 505 }) do
        assert.is_false(of.may_retry(method, status))
      end
      for _, code in ipairs({ "ECONNREFUSED", "ECONNRESET", "ENOENT", "ETIMEDOUT" }) do
        assert.is_true(of.may_retry(method, nil, code, false))
        assert.is_false(of.may_retry(method, nil, code, true))
      end
      for _, code in ipairs({ "EACCES", "ETLS", "EPROTO", "ELIMIT", "ECANCELED" }) do
        assert.is_false(of.may_retry(method, nil, code, false))
      end
      assert.is_false(of.may_retry(method))
    end
    for _, method in ipairs({ "POST", "PUT", "PATCH", "get", "" }) do
      assert.is_false(of.may_retry(method, 503))
      assert.is_false(of.may_retry(method, nil, "ECONNREFUSED", false))
    end
  end)
end)
