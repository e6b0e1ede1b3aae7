--- What is told of a first process that did not start.
local not_started = require("engine.backend.container.not_started")

local RUNC = "failed to create shim task: OCI runtime create failed: runc create failed: unable to "
  .. "start container process: exec: "
local ABOUT = { image = { text = "app:1" }, path = "/bin" }

local function read(message, status, code)
  local err = { code = code or "ENGINE_BAD_REQUEST", message = message,
    detail = { status = status } }
  return not_started.read(err, ABOUT), err
end

describe("a first process that did not start", function()
  it("is told in the words of a command that did not, with what helps", function()
    local err = read(RUNC .. '"srv": executable file not found in $PATH: unknown', 400)
    assert.same({ "COMMAND_NOT_FOUND", "srv: command not found" }, { err.code, err.message })
    assert.matches("of the image app:1; PATH is /bin", err.detail.help)
    err = read("/usr/bin/runc: " .. RUNC
      .. '"/no/srv": stat /no/srv: no such file or directory: OCI not found', 500)
    assert.same({ "COMMAND_NOT_FOUND", "/no/srv: command not found" }, { err.code, err.message })
    err = read(RUNC .. '"/etc/x": permission denied: unknown', 400)
    assert.same({ "EACCES", "/etc/x: Permission denied (exec)" }, { err.code, err.message })
  end)

  it("is told to be a line for the shell, where it looks like one", function()
    local err = read(RUNC .. '"sleep 100": executable file not found in $PATH: unknown', 400)
    assert.same({ "COMMAND_NOT_FOUND", "sleep 100: command not found" }, { err.code, err.message })
    assert.equal("a list is the program and its arguments, one each; write a text for the shell",
      err.detail.help)
  end)

  it("stays as it is when the runtime says something else, or the engine refuses it", function()
    local err, given = read('OCI runtime create failed: exec: "x": something else', 500)
    assert.equal(given, err)
    err, given = read("OCI runtime create failed: not a directory: unknown", 500) -- as Podman does
    assert.equal(given, err)
    err, given = read("invalid mount", 400)
    assert.equal(given, err)
  end)

  it("is a refused limit, and no program that failed, where the kernel takes none", function()
    local err = read("OCI runtime create failed: runc create failed: unable to start container "
      .. "process: error setting cgroup config for procHooks process: invalid argument", 500)
    assert.equal("EPOLICY", err.code)
    assert.matches("the engine refuses what it asks for: OCI", err.message)
  end)

  it("is a lost room when the engine has not the rights that it is to give", function()
    assert.equal("EAGENT", read("OCI runtime create failed: runc create failed: unable to start "
      .. "container process: unable to apply caps: operation not permitted: unknown", 500).code)
  end)

  it("is of the file where a volume does not fit its place, and says which", function()
    local err, given = read('OCI runtime create failed: error mounting "/p/d" to rootfs at '
      .. '"/etc/hosts": not a directory: unknown', 400)
    assert.equal(given, err)
  end)

  it("is a lost room when the engine fails", function()
    assert.equal("EAGENT", read("something odd", 500, "ENGINE_SERVER").code)
    assert.equal("EAGENT", read("OCI runtime create failed: no space left on device", 500,
      "ENGINE_NO_SPACE").code)
    assert.equal("EAGENT", read("No such container: x", 404, "ENGINE_NOT_FOUND").code)
    assert.equal("EAGENT", read("conflict", 409, "ENGINE_CONFLICT").code)
  end)

  it("is a lost room when the engine did not answer", function()
    assert.equal("EAGENT", read("Docker: the connection broke", nil, "EPIPE").code)
    assert.equal("EAGENT", read("bad gateway", 502).code)
    assert.equal("ECANCELED", read("the task was cancelled", nil, "ECANCELED").code)
  end)
end)
