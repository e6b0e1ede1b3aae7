--- Mounts of the machine: which paths show an engine's socket, what the command line permits.
local fs = require("core.fs")
local host_path = require("engine.model.host_path")

describe("a mount", function()
  local top, engine

  setup(function()
    top = assert(fs.tempdir())
    for _, dir in ipairs({ "/p/data", "/run/deep", "/other" }) do
      assert(fs.mkdir_p(top .. dir))
    end
    assert(fs.write_atomic(top .. "/other/file", "x"))
    engine = assert(io.popen(("python3 -c '%s' %s/run/deep/engine & echo $!"):format(
      "import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]);"
        .. " time.sleep(60)", top))):read("n")
    for _ = 1, 500 do
      if fs.stat(top .. "/run/deep/engine") then
        break
      end
      os.execute("sleep 0.02")
    end
    os.execute(("cd %s && ln -s run/deep/engine link && ln -s run up && ln run/deep/engine p/data/x"
      .. " && ln -s ../other p/out"):format(top))
  end)

  teardown(function()
    os.execute("kill " .. engine)
    assert(fs.remove_tree(top))
  end)

  --- Finds a path as a volume of a file in the project, with an engine at a place of ours.
  local function find(path, allow)
    local getenv = os.getenv
    os.getenv = function(name) -- luacheck: ignore 122
      return name == "DOCKER_HOST" and "unix://" .. top .. "/run/deep/engine" or getenv(name)
    end
    local real, stat = host_path.find(path, top .. "/p", top .. "/p", allow or {})
    os.getenv = getenv -- luacheck: ignore 122
    return real, stat
  end

  local MOUNTS, SOCKET = { mounts = true }, { ["engine-socket"] = true }
  local BOTH = { mounts = true, ["engine-socket"] = true }

  it("outside of the project is refused by its name, until it is permitted", function()
    for _, path in ipairs({ "../other", "/etc", "out", "../other/file" }) do
      local real, why = find(path)
      assert.is_nil(real)
      assert.equal("P122", why.code)
      assert.equal("not without --allow mounts", why.label)
      assert.is_nil(find(path, SOCKET))
      assert.is_string((assert(find(path, MOUNTS))))
    end
  end)

  it("that shows an engine's socket is refused, however it is spelt", function()
    for _, path in ipairs({
      "../run/deep/engine", "../run/../run/deep//engine", "../link", "../up/deep/engine",
      "../run/deep", "../run", "../up", "..", "/", "data/x", "data",
    }) do
      for _, allow in ipairs({ {}, MOUNTS }) do
        local real, why = find(path, allow)
        assert.is_nil(real, path)
        assert.equal("P122", why.code)
        assert.is_true(next(allow) == nil or why.label == "not without --allow engine-socket", path)
      end
      assert.is_string((assert(find(path, BOTH))))
    end
    for _, name in ipairs({ "/run/docker.sock", "/var/run/docker.sock",
      "/run/containerd/containerd.sock" }) do
      assert.equal("not without --allow engine-socket", select(2, find(name, MOUNTS)).label)
    end
    assert.is_string((assert(find("../link", SOCKET)))) -- the socket alone, and nothing around it
    assert.is_nil(find("../run", SOCKET))
  end)

  it("is never an image, whatever is permitted", function()
    assert.is_nil(host_path.find("../other", top .. "/p", top .. "/p"))
  end)
end)
