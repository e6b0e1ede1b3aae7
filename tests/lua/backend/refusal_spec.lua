--- Whose fault it is that an engine does not make something.
local refusal = require("engine.backend.container.refusal")

local function read(code, message, status)
  local given = { code = code, message = message, detail = { status = status, help = "do so" } }
  return refusal.read(given), given
end

describe("what an engine does not make", function()
  it("is the file's fault when the engine refuses a setting", function()
    local err = read("ENGINE_BAD_REQUEST", "at least 6MB", 400)
    assert.same({ "EPOLICY", "the engine refuses what it asks for: at least 6MB", "do so" },
      { err.code, err.message, err.detail.help })
  end)

  it("is the file's fault also where Podman says it with a failure of its own", function()
    for _, message in ipairs({ "fill out specgen: /m: duplicate mount destination",
      "container create: CPU cfs quota cannot be less than 1ms (i.e. 1000)" }) do
      assert.equal("EPOLICY", read("ENGINE_SERVER", message, 500).code)
      assert.equal("EAGENT", read("ENGINE_NO_SPACE", message, 500).code)
    end
  end)

  it("is the file's fault where the kernel takes no such limit, as it starts", function()
    local function of_start(message, status, code)
      return refusal.of_start({ code = code or "ENGINE_SERVER", message = message,
        detail = status and { status = status } })
    end
    for message, is_limit in pairs({
      ["runc create failed: error setting cgroup config for procHooks process: x"] = true,
      ["runc create failed: error setting rlimit type 7: operation not permitted"] = false,
      ["crun: writing file `cpu.max`: Invalid argument: OCI runtime error"] = true,
      ["crun: setrlimit `RLIMIT_NOFILE`: Operation not permitted"] = false,
    }) do
      local err = assert(of_start(message, 500), message)
      assert.equal("EPOLICY", err.code)
      assert.equal(is_limit, err.detail.is_limit == true, message)
      assert.is_nil(of_start(message, nil, "EPIPE"))
      assert.is_nil(of_start(message, 500, "ENGINE_NO_SPACE"))
    end
    assert.is_nil(of_start("runc create failed: no such device", 500))
  end)

  it("is the engine's when it fails, is full, or does not answer", function()
    for _, case in ipairs({
      { "ENGINE_SERVER", "something odd", 500 },
      { "ENGINE_NO_SPACE", "no space left on device", 500 },
      { "ENGINE_NOT_FOUND", "No such image", 404 }, { "ENGINE_CONFLICT", "conflict", 409 },
      { "ENGINE_ANSWER", "tells no id" }, { "EPROTO", "the connection ended" },
      { "ETIMEDOUT", "no answer within 60 s" }, { "ENOSPC", "it cannot be noted" },
      { "ENGINE_BAD_REQUEST", "invalid mount config: bind source path does not exist: /x", 400 },
    }) do
      local err = read(table.unpack(case))
      assert.truthy(err.code == "EAGENT" or err.code == "EPROTO", case[1])
      assert.equal(case[2], err.message)
    end
  end)

  it("stays as it is where the error says whose it is", function()
    for _, code in ipairs({ "ECANCELED", "EPOLICY", "EMACHINE", "EPROJECT", "EIMAGE", "EAGENT" }) do
      local err, given = read(code, "so", 400)
      assert.equal(given, err)
    end
  end)
end)
