-- luacheck: no max line length
--- Outputs of commands in containers: frames of the Engine API, kept in spools.
local client_of = require("engine.docker.client")
local docker = require("core.docker")
local engines = dofile("tests/lua/docker/engines.lua")
local fakes = dofile("tests/lua/docker/fakes.lua")
local fs = require("core.fs")
local http = require("core.http")
local task = require("core.task")

--- At most 64 MB of memory were used; sanitizers keep what was freed.
local function check_peak()
  local variant = os.getenv("CLNRM_VARIANT") or "release"
  local peak = tonumber(assert(fs.read("/proc/self/status")):match("VmHWM:%s+(%d+)"))
  assert.is_true(peak < 65536 or variant == "address" or variant == "thread", peak)
end

local HELLO = "\1\0\0\0\0\0\0\5hello\2\0\0\0\0\0\0\3err\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\6 world"

local function ask(fake, target)
  local client <close> = assert(http.client({ socket = fake.socket }))
  return assert(client:ask({ method = "POST", target = target or "/x", upgrade = true }))
end

--- Plays a rule and returns what `wait` says, and both outputs.
local function play(rule, options)
  local fake <close> = fakes.engine({ rule })
  local output <close> = docker.output(ask(fake), options)
  local ended, err = output:wait()
  return ended, err, (output:stdout()), (output:stderr())
end

describe("core.docker", function()
  it("takes a stream apart, by 101, by 200, and of logs", function()
    for _, rule in ipairs({ { upgrade = true, raw = HELLO }, { upgrade = "bare", raw = HELLO }, { upgrade = true, raw = HELLO, pause = 0.001 } }) do
      local ended, err, out, errors = play(rule)
      assert.is_nil(err)
      assert.same({ stdout = { bytes = 11, cut = 0 }, stderr = { bytes = 3, cut = 0 } }, ended)
      assert.same({ "hello world", "err" }, { out, errors })
    end
    local fake <close> = fakes.engine({ { chunks = { HELLO:sub(1, 20), HELLO:sub(21) } } })
    local client <close> = assert(http.client({ socket = fake.socket }))
    local output <close> = docker.output(assert(client:ask({ target = "/logs" })))
    assert.equal(11, assert(output:wait()).stdout.bytes)
    assert.equal("hello world", (output:stdout()))
  end)

  it("takes all as stdout with a terminal", function()
    local ended, _, out, errors = play({ upgrade = true, raw = HELLO }, { tty = true })
    assert.equal(#HELLO, ended.stdout.bytes)
    assert.same({ HELLO, "" }, { out, errors })
  end)

  it("is broken by a half frame at the end, wherever it is cut", function()
    local ends = { [0] = true, [13] = true, [24] = true, [32] = true }
    local rules = {}
    for size = 0, #HELLO - 1 do
      rules[size + 1] = { times = 1, upgrade = true, raw = HELLO:sub(1, size) }
    end
    local fake <close> = fakes.engine(rules)
    for size = 0, #HELLO - 1 do
      local output <close> = docker.output(ask(fake))
      local ended, err = output:wait()
      if ends[size] then
        assert(ended, err)
      else
        assert.is_nil(ended)
        assert.same({ "EPROTO", true }, { err.code, err.message:find("within a frame", 1, true) ~= nil })
      end
    end
  end)

  for name, bytes in pairs({
    ["type 7"] = "\7\0\0\0\0\0\0\1x", ["no zeros"] = "\1\0\1\0\0\0\0\1x", text = "OCI runtime exec failed",
    http = "HTTP/1.1 500 Internal Server Error\r\n\r\n",
  }) do
    it("is broken by what is no frame: " .. name, function()
      local ended, err, out = play({ upgrade = true, raw = "\1\0\0\0\0\0\0\2ok" .. bytes })
      assert.is_nil(ended)
      assert.equal("EPROTO", err.code)
      assert.matches("begins no frame", err.message)
      assert.equal("ok", out)
    end)
  end

  it("is broken by an error of the engine, which it tells", function()
    local ended, err = play({ upgrade = true, raw = "\3\0\0\0\0\0\0\7no disk" .. HELLO })
    assert.is_nil(ended)
    assert.same({ "EPROTO", "the engine broke it off: no disk" }, { err.code, err.message })
  end)

  it("takes no memory by what a header says", function()
    local before = assert(fs.read("/proc/self/status")):match("VmHWM:%s+(%d+)")
    local fake <close> = fakes.engine({ { upgrade = true, raw = "\1\0\0\0\255\255\255\255some" } })
    for _ = 1, 20 do
      local output <close> = docker.output(ask(fake))
      local ended, err = output:wait()
      assert.is_nil(ended)
      assert.same({ "EPROTO", "some" }, { err.code, (output:stdout()) })
    end
    local after = assert(fs.read("/proc/self/status")):match("VmHWM:%s+(%d+)")
    assert.is_true(after - before < 16384, after - before)
  end)

  it("is read while it comes", function()
    local fake <close> = fakes.engine({ { upgrade = true, raw = HELLO, pause = 0.002 } })
    local output <close> = docker.output(ask(fake))
    local parts, at = {}, 0
    assert.is_false(output:is_over())
    while true do
      local text = assert(output:read("stdout", at))
      if text == "" then
        break
      end
      parts[#parts + 1] = text
      at = at + #text
    end
    assert.is_true(#parts > 3)
    assert.equal("hello world", table.concat(parts))
    assert.is_true(output:is_over())
    assert.equal("rr", output:read("stderr", 1, 2))
    assert.equal("", output:read("stderr", 3))
  end)

  it("gives no end to who reads a broken stream", function()
    local fake <close> = fakes.engine({ { upgrade = true, raw = HELLO:sub(1, 40) } })
    local output <close> = docker.output(ask(fake))
    assert.is_nil((output:wait()))
    assert.equal("hello", output:read("stdout", 0, 100))
    local text, err = output:read("stdout", 5)
    assert.is_nil(text)
    assert.equal("EPROTO", err.code)
  end)

  it("is for nobody else from then on, and closes", function()
    local fake <close> = fakes.engine({ { upgrade = true, raw = HELLO }, { hang = true } })
    local call = ask(fake)
    local output = docker.output(call)
    assert.has_error(function()
      call:read()
    end)
    assert.has_error(function()
      docker.output(call)
    end)
    local waiting = task.spawn(function()
      output:wait()
      return output:read("stdout", 1000)
    end)
    output:wait()
    waiting:join()
    output:close()
    output:close()
    assert.has_error(function()
      output:wait()
    end)
    assert.has_error(function()
      docker.output(call, { ttty = true })
    end)
  end)

  it("wakes who waits when it is closed, and ends with its task", function()
    local fake <close> = fakes.engine({ { upgrade = true, raw = ("\1\0\0\0\0\0\0\1x"):rep(5000), pause = 0.004 } })
    local output = docker.output(ask(fake))
    local _, timed_out = task.timeout(30, output.wait, output)
    assert.equal("ETIMEDOUT", timed_out.code)
    local waiting = task.spawn(output.wait, output)
    task.sleep(10)
    output:close()
    local ended, err = waiting:join()
    assert.same({ nil, "ECLOSED" }, { ended, err.code })
  end)

  it("keeps head and tail of a gigabyte, counted exactly, in little memory", function()
    local piece = ("0123456789abcde\n"):rep(2048) -- 32 KiB, as the engine sends them
    local frames = "\1\0\0\0\0\0\128\0" .. piece
    local count = (1 << 30) // #piece
    local rule = { upgrade = true, raw = "", ["repeat"] = { count, frames } }
    local fake <close> = fakes.engine({ rule })
    local output <close> = docker.output(ask(fake), { out_max = 1 << 20 })
    local ended = assert(output:wait())
    assert.same({ bytes = 1 << 30, cut = (1 << 30) - (1 << 20) }, ended.stdout)
    local text, cut = output:stdout()
    assert.equal(cut, ended.stdout.cut)
    assert.equal(("0123456789abcde\n"):rep(1 << 16), text)
    check_peak()
  end)
end)

describe("outputs of a real engine", function()
  local client, container

  local function exec(argv, options)
    options = options or {}
    local made = assert(client:call("POST", "/containers/" .. container .. "/exec", {
      body = { Cmd = argv, AttachStdout = true, AttachStderr = true, AttachStdin = options.stdin, Tty = options.tty },
    }))
    local call = assert(client:stream("POST", "/exec/" .. made.Id .. "/start", { body = { Detach = false, Tty = options.tty or false } }))
    return docker.output(call, { tty = options.tty }), made.Id
  end

  local function code(id)
    for _ = 1, 200 do
      local state = assert(client:call("GET", "/exec/" .. id .. "/json"))
      if not state.Running then
        return state.ExitCode
      end
      task.sleep(10)
    end
  end

  local function begin()
    local engine, why = engines.engine()
    if not engine then
      return why
    end
    local image = assert(engines.image("busybox"))
    local name, value = engines.LABEL:match("^(.-)=(.*)$")
    client = assert(client_of.connect({
      getenv = function(variable)
        return variable == "DOCKER_HOST" and engine.host or nil
      end,
    }))
    container = assert(client:call("POST", "/containers/create", {
      body = { Image = image, Cmd = { "sleep", "600" }, Labels = { [name] = value }, HostConfig = { NetworkMode = "none", Init = true } },
    })).Id
    assert(client:call("POST", "/containers/" .. container .. "/start"))
  end

  it("are what commands wrote and read", function()
    local why = begin()
    if why then
      return pending(why)
    end
    finally(function()
      assert(client:call("DELETE", "/containers/" .. container, { query = { force = true, v = true } }))
      client:close()
    end)
    local output <close>, id = exec({ "sh", "-c", "echo out; echo err >&2; exit 7" })
    assert(output:wait())
    assert.same({ "out\n", "err\n", 7 }, { (output:stdout()), (output:stderr()), code(id) })

    local fed <close>, fed_id = exec({ "sh", "-c", "sha256sum; exit 3" }, { stdin = true })
    for _ = 1, 100 do
      assert(fed:write(("x"):rep(100000)))
    end
    assert(fed:finish())
    assert(fed:wait())
    local sum = require("core.hash").sha256(("x"):rep(10000000))
    assert.same({ sum .. "  -\n", 3 }, { (fed:stdout()), code(fed_id) })

    local terminal <close> = exec({ "sh", "-c", "echo out; echo err >&2" }, { tty = true })
    assert(terminal:wait())
    assert.equal("out\r\nerr\r\n", (terminal:stdout()))

    local big <close>, big_id = exec({ "sh", "-c", "yes | head -c 200000000; yes 2>&1 | head -c 50000000 >&2" })
    local ended = assert(big:wait())
    assert.same({ 200000000, 50000000, 0 }, { ended.stdout.bytes, ended.stderr.bytes, code(big_id) })
    check_peak()
  end)
end)

describe("core.docker.carrier", function()
  local rooms = require("core.room")
  local key = ("k"):rep(64)

  --- Joins what a fake plays; the answer is no agent's.
  local function join(raw)
    local fake <close> = fakes.engine({ { upgrade = true, raw = raw, drain = true } })
    local carrier <close> = assert(docker.carrier(ask(fake)))
    local fd = assert(carrier:fd())
    local room, err = rooms.attach({ fd = fd, key = key, timeout_ms = 5000 })
    carrier:joined()
    assert.is_nil(carrier:fd())
    return room, err, carrier:said(), carrier:why()
  end

  it("gives the agent's stdout to who joins, and keeps its stderr", function()
    local room, err, said, why = join("\2\0\0\0\0\0\0\4said\1\0\0\0\0\0\0\15no agent at all")
    assert.is_nil(room)
    assert.equal("EPROTO", err.code)
    assert.matches("broken header", err.message)
    assert.same({ "said" }, { said, why })
  end)

  it("keeps the last of what was said", function()
    local said = ("a"):rep(2000) .. "end"
    local _, err, kept = join("\2\0\0\0" .. (">I4"):pack(#said) .. said)
    assert.equal("EAGENT", err.code) -- the end of the stream is the loss of the room
    assert.equal(said:sub(-1024), kept)
  end)

  it("says of a stream that is none why it is over", function()
    local room, err, _, why = join("HTTP is no frame")
    assert.is_nil(room)
    assert.equal("EAGENT", err.code)
    assert.equal("EPROTO", why.code)
    _, err, _, why = join("\1\0\0\0\0\0\0\9half")
    assert.equal("EAGENT", err.code)
    assert.equal("EPROTO", why.code)
    assert.matches("within a frame", why.message)
    _, _, _, why = join("\3\0\0\0\0\0\0\4gone")
    assert.matches("the engine broke it off: gone", why.message)
  end)
end)
