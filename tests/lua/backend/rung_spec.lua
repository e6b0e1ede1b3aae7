--- The rungs of a container: which one, what runtimes say of a command that could not start.
local exec = require("engine.backend.container.rung.exec")
local exec_text = require("engine.backend.container.rung.exec_text")
local fs = require("core.fs")
local machine = require("engine.image.archive").machine
local no_start = require("engine.backend.container.rung.no_start")
local rung = require("engine.backend.container.rung")
local socket = require("engine.backend.container.rung.socket")
local stdio = require("engine.backend.container.rung.stdio")

local UNIX = { kind = "unix", name = "unix:///s" }
local TCP = { kind = "tcp", name = "tcp://127.0.0.1:1" }

local function env(value)
  return function(name)
    return name == rung.VARIABLE and value or nil
  end
end

describe("the first rung", function()
  it("is a socket here and a stream elsewhere, unless one is asked for", function()
    assert.same({ "socket", false }, { rung.first(UNIX, env()) })
    assert.same({ "stdio", false }, { rung.first(TCP, env("")) })
    assert.same({ "exec", true }, { rung.first(UNIX, env("exec")) })
    for endpoint, value in pairs({ [UNIX] = "sockets", [TCP] = "socket" }) do
      local name, err = rung.first(endpoint, env(value))
      assert.is_nil(name)
      assert.equal("ENGINE_SETTINGS", err.code)
    end
  end)

  it("is the last one for an image of another machine", function()
    local session = { rung = "stdio", agent = "program" }
    assert.equal(exec.TEXT, rung.link(session, { architecture = "vax" }).text)
    assert.equal(stdio.TEXT, rung.link(session, { architecture = machine() }).text)
    session.rung_is_asked = true
    assert.equal(stdio.TEXT, rung.link(session, { architecture = "vax" }).text)
  end)

  it("is followed by another where what was tried cannot be, and only there", function()
    local function other(message, detail, asked)
      local session = { rung = "socket", dir = "/tmp/clnrm-engine-7", sees_files = true,
        agent = "program", program = "/p", rung_is_asked = asked }
      local link = rung.other(session, { code = "X", message = message, detail = detail })
      return link and link.text, session.sees_files
    end
    local unseen = "bind source path does not exist: /tmp/clnrm-engine-7/1"
    assert.same({ stdio.TEXT, false }, { other(unseen, { status = 400 }) })
    assert.same({ nil, true }, { other(unseen, { status = 400 }, true) })
    assert.same({ nil, true }, { other("no space left", { status = 500 }) })
    assert.same({ exec.TEXT, true }, { other("", { next_rung = "exec" }) })
    assert.equal("over the engine's stream", (other("", { next_rung = "mounted" })))
  end)

  it("is the stream, with the program mounted, where a socket cannot be given", function()
    local session = { rung = "socket", program = "/p", dir = "/d" }
    local link = socket.new({ dir = assert(fs.tempdir()), program = "/p" })
    local function err(code, op)
      return { code = code, op = op, message = "x" }
    end
    for _, op in ipairs({ "container.join", "room.attach" }) do
      local told = link:why_no_start(err("EAGENT", op))
      assert.equal("over the engine's stream", rung.other(session, told).text)
    end
    for code, op in pairs({ EOOM = "room.attach", ECANCELED = "room.attach", EAGENT = "x" }) do
      assert.is_nil(rung.other(session, link:why_no_start(err(code, op))))
    end
    local next_one = rung.link(session, { architecture = machine() }) -- and is not tried again
    assert.equal("over the engine's stream", next_one.text)
    link:remove()
  end)

  it("enforces no policy without an agent, nor where mounts from here are not seen", function()
    local here = { { architecture = machine(), text = "i" } }
    local session = { rung = "socket", sees_files = true, client = { endpoint = TCP } }
    assert.is_nil(rung.refused_policy(session, here))
    local err = rung.refused_policy(session, { { architecture = "vax", text = "old:1" } })
    assert.equal("EPOLICY", err.code)
    assert.matches("old:1", err.message)
    assert.equal("EPOLICY", rung.refused_policy({ rung = "exec", rung_is_asked = true,
      sees_files = true }, here).code)
    session.sees_files = false
    assert.matches("tcp://127.0.0.1:1", rung.refused_policy(session, here).message, 1, true)
  end)

  it("is the last one where the kernel runs no program of ours", function()
    for message, next_rung in pairs({
      ["OCI runtime create failed: exec /run/clnrm/agent: exec format error"] = "exec",
      ["starting container process caused: exec: \"/.clnrm-agent\": permission denied"] = "exec",
      ["OCI runtime create failed: no space left on device"] = false,
      ["error mounting \"/x\": permission denied"] = false,
    }) do
      local err = no_start.read(nil, { code = "X", message = message })
      assert.equal(next_rung, err.detail and err.detail.next_rung or false, message)
    end
  end)
end)

describe("what a runtime says of a command", function()
  local PREFIX = "OCI runtime exec failed: exec failed: unable to start container process: "

  for text, code in pairs({
    ['exec: "x": executable file not found in $PATH: unknown\n'] = "COMMAND_NOT_FOUND",
    ['exec: "/x": stat /x: no such file or directory: unknown'] = "COMMAND_NOT_FOUND",
    ['exec: "/x": permission denied: unknown'] = "EACCES",
    ["exec /x: exec format error: unknown"] = "ENOEXEC",
    ['chdir to cwd ("/d") set in config.json failed: no such file or directory'] = "ENOENT",
    ['chdir to cwd ("/d") set in config.json failed: permission denied'] = "EACCES",
    ['chdir to cwd ("/d") set in config.json failed: not a directory'] = "ENOTDIR",
    ["process_linux.go:130: executing setns process caused: exit status 1"] = "EAGENT",
    ["read init-p: connection reset by peer: unknown"] = "EAGENT",
  }) do
    it(("is %s: %s"):format(code, text:sub(1, 30)), function()
      local err = exec_text.read(PREFIX .. text, { "/x" }, "/d")
      assert.equal(code, err.code)
      local subject = text:find("chdir", 1, true) and "/d: " or code ~= "EAGENT" and "/x: " or ""
      assert.equal(subject, err.message:sub(1, #subject))
    end)
  end

  it("is known by its words, Docker's and Podman's", function()
    for text, is_one in pairs({
      [PREFIX .. 'exec: "x": permission denied: unknown'] = true,
      ['Error: /usr/sbin/runc: exec failed: unable to start container process: exec: "/x": '
        .. 'permission denied: OCI permission denied'] = true,
      ["Error: crun: executable file `x` not found in $PATH: No such file or directory: "
        .. "OCI runtime attempted to invoke a command that was not found"] = true,
      ["task 394006f82c96 not found: not found\n"] = true, -- its container has just ended
      ["cannot exec in a stopped state: unknown\r\n"] = true,
      ["cannot exec in a deleted state: unknown\r\n"] = true,
      ["sh: x: not found"] = false,
      [""] = false,
    }) do
      assert.equal(is_one, exec_text.is_of_runtime(text), text)
    end
    local err = exec_text.read("Error: crun: executable file `x` not found in $PATH: No such file "
      .. "or directory\nError: read unixpacket", { "x" }, "/")
    assert.equal("COMMAND_NOT_FOUND", err.code)
  end)

  it("is no word of the command where the container was about to end", function()
    for _, text in ipairs({ "task 394006f82c96 not found: not found\n",
      "cannot exec in a stopped state: unknown\r\n", "cannot exec in a deleted state: unknown\r\n",
      "OCI runtime exec failed: exec failed: cannot exec in a stopped container: unknown\r\n",
      "OCI runtime exec failed: exec failed: unable to create new parent process: namespace path: "
        .. "lstat /proc/23193/ns/ipc: no such file or directory: unknown\r\n" }) do
      local err = exec_text.read(text, { "/x" }, "/d")
      assert.equal("EAGENT", err.code, text)
    end
  end)

  it("is told of one that had begun, by all that it wrote", function()
    for text, is_one in pairs({
      ["exec ./s: no such file or directory\n"] = true,
      ["exec /x: exec format error\n"] = true,
      ["exec ./s: no such file or directory\nmore\n"] = false,
      ["exec ./s: something else\n"] = false,
      ["sh: ./s: not found\n"] = false,
      [""] = false,
    }) do
      assert.equal(is_one, exec_text.is_of_begun(text), text)
    end
    assert.equal("COMMAND_NOT_FOUND",
      exec_text.read("exec ./s: no such file or directory\n", { "./s" }, "/").code)
  end)

  it("is told of a user that is not there", function()
    for text, message in pairs({
      ["unable to find user x: no matching entries in passwd file"] = "x: No such file",
      ["unable to find group g: no matching entries in group file"] = "group g: No such file",
    }) do
      local err = exec_text.read(text, { "/x" }, "/")
      assert.equal("ENOENT", err.code)
      assert.equal(message .. " or directory (user)", err.message) -- as an agent tells it
    end
  end)
end)
