--- Rooms of a real engine that are used again, and what keeps them from it.
local docker = dofile("tests/e2e/docker_support.lua")
local dirty = require("engine.pool.dirty")
local endpoint = require("engine.docker.endpoint")
local engines, json = docker.engines, require("core.json")
local residues = dofile("tests/tools/residues.lua")

describe("a room of Docker that was used", function()
  local engine, why, busybox, room, backend
  local find = endpoint.find

  setup(function()
    engine, why = engines.engine()
    if engine then
      busybox, why = engines.image("busybox")
    end
    if not busybox then
      return
    end
    endpoint.find = function(opts) -- it need not be the one that this machine has
      local asked = setmetatable({ getenv = function(name)
        return name == "DOCKER_HOST" and engine.host or os.getenv(name)
      end }, { __index = opts })
      return find(asked)
    end
    backend = require("engine.backend.container").new("docker")
    local image = { kind = "stored", name = busybox, text = busybox }
    local wanted = { project = "none", image = image }
    assert(backend.prepare(wanted))
    room = assert(backend.open({ name = "dirty", run_id = "dirty", room = wanted }))
    assert(room:put(residues.PROGRAM, residues.compile(), 493))
  end)
  teardown(function()
    if room then
      assert(room:close())
      backend.finish()
      backend.connect():close()
    end
    endpoint.find = find
  end)

  local function case(name, fn)
    it(name, function()
      if not room then
        pending(why)
        return
      end
      fn()
    end)
  end

  case("is as it was when nothing was left, however often", function()
    local clean = dirty.look(room)
    for _ = 1, 3 do
      assert.equal(0, assert(room:exec({ shell = "cat /etc/passwd /proc/self/status; ls -lR /etc; "
        .. "export LEFT=1; ulimit -n 50; umask 0" })).exit_code)
      assert.same({}, dirty.left(room, clean))
    end
  end)

  for _, one in ipairs(residues.list) do
    case("is not when it was left: " .. one.name, function()
      local ok, message, told
      for _ = 1, one.stays and 3 or 1 do
        local clean = dirty.look(room)
        ok, message = residues.leave(room, one)
        told = table.concat(dirty.left(room, clean), "; ")
        if told:find(one.found) then
          break -- else it was ended with those that earlier commands had left
        end
      end
      if ok then
        assert.matches(one.found, told)
      else
        assert.is_true(one.may_fail == true, message)
        assert.equal("", told)
      end
    end)
  end

  for _, one in ipairs(residues.refused) do
    case("cannot be left with " .. one.name, function()
      local clean = dirty.look(room)
      assert.is_false((residues.leave(room, one)))
      local told = table.concat(dirty.left(room, clean), "; ")
      assert.is_nil(told:find("mounts") or told:find("name"), told)
    end)
  end

  it("is given to the next scenario by Podman, too", function()
    local podman, why_not = engines.podman()
    local image = podman and engines.image("busybox", { engine = podman })
    if not image then
      return pending(why_not or "no image")
    end
    local place <close> = docker.place(podman)
    local text = { ('[meta]\nname = "a"\n[room]\nimage = %q\nreuse = "verified"\n'):format(image) }
    for i, command in ipairs({ "true", "mkdir /x", "test ! -e /x" }) do
      text[i + 1] = ('[[scenario]]\nname = "s%d"\nrun = %q\n'):format(i, command)
    end
    place.write("a.clnrm.toml", table.concat(text))
    local got = place.clnrm({ "run", "-f", "events", "--backend", "podman", "-j1" })
    assert.equal(0, got.code, got.out)
    local pool = json.decode(got.out:match('[^\n]*"run_end"[^\n]*')).pool
    assert.same({ 2, 1, 1 }, { pool.made, pool.again, pool.dirty })
    assert.matches('"not_reused":"files: /, /x"', got.out, 1, true)
  end)

  case("is not given on when it was changed, though the engine's clock is behind", function()
    local place <close> = docker.place(engine)
    local skew = place.dir .. "/skew.so"
    local made = docker.support.sh(("cc -shared -fPIC -o '%s' '%s/tests/tools/skew.c'"):format(skew,
      assert(os.getenv("CLNRM_ROOT"))))
    assert(made.code == 0, made.err)
    local ahead = docker.support.sh(("LD_PRELOAD='%s' date +%%s"):format(skew))
    assert.is_true(tonumber(ahead.out) - os.time() > 5, ahead.out)
    local head = '[meta]\nname = "a"\n[room]\nimage = %q\nreuse = "verified"\n'
    local text = { head:format(busybox) }
    for i, command in ipairs({ "true", "echo x > /left", "test ! -e /left" }) do
      text[i + 1] = ('[[scenario]]\nname = "s%d"\nrun = %q\n'):format(i, command)
    end
    place.write("a.clnrm.toml", table.concat(text))
    local got = place.clnrm({ "run", "-f", "events", "--backend", "docker", "-j1" },
      { env = { LD_PRELOAD = skew, ASAN_OPTIONS = "verify_asan_link_order=0" } })
    assert.equal(0, got.code, got.out .. got.err)
    local pool = json.decode(got.out:match('[^\n]*"run_end"[^\n]*')).pool
    assert.same({ 2, 1, 1 }, { pool.made, pool.again, pool.dirty }, got.out)
    assert.matches('"not_reused":"files: /, /left"', got.out, 1, true)
  end)

  case("is given to the next scenario when it is clean, and closed when it is not", function()
    local place <close> = docker.place(engine)
    local function scenario(name, command)
      return ('[[scenario]]\nname = %q\nrun = %q\n'):format(name, command)
    end
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n[room]\nimage = %q\nreuse = "verified"\n')
      :format(busybox) .. scenario("clean", "true") .. scenario("again", "true")
      .. scenario("dirty", "touch /tmp/x") .. scenario("fails", "test -e /tmp/x")
      .. scenario("last", "test ! -e /tmp/x"))
    local got = place.clnrm({ "run", "-f", "events", "--backend", "docker", "-j1", "a.clnrm.toml" })
    local from, ended, pool = {}, {}, nil
    for line in got.out:gmatch("[^\n]+") do
      local event = json.decode(line)
      pool = event.pool or pool
      if event.event == "room_begin" then
        from[#from + 1] = event.from
      elseif event.event == "room_end" then
        ended[#ended + 1] = event.reused or event.not_reused
      end
    end
    assert.equal("made", from[1], got.out)
    assert.same({ "reused", "reused" }, { from[2], from[3] })
    assert.is_true(from[4] ~= "reused" and from[5] ~= "reused")
    assert.same({ true, true, "files: /tmp, /tmp/x", "its scenario did not pass", true }, ended)
    assert.same({ 3, 2, 2 }, { pool.made, pool.again, pool.dirty })
    assert.same({}, place.left(got.out:match('"run_id":"(%x+)"')))
    assert.equal("", place.files())
    local told = place.clnrm({ "run", "-v", "--backend", "docker", "-j1", "--no-cache",
      "a.clnrm.toml" })
    assert.is_nil(told.out:find("pool") or told.out:find("used again"), told.out)
  end)
end)
