-- luacheck: no max line length
--- Images in archives and in the store: taken in once, found again, checked, removed; services with
--- such a root.  No registry and no daemon: the archives are written here.
local image = dofile("tests/e2e/image_support.lua")
local support = dofile("tests/e2e/support.lua")
local tar = dofile("tests/e2e/tar.lua")

local write = support.write

local CONFIG = [[{"Env": ["PATH=/bin", "FROM=image"], "WorkingDir": "/srv/app",
  "Entrypoint": ["/bin/sh", "-c"], "Cmd": ["echo started by $FROM in $PWD; exec sleep 1000"],
  "ExposedPorts": {"8099/tcp": {}}, "User": "redis"}]]

describe("an image of an archive", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    image.busybox(dir .. "/root")
    write(dir .. "/upper/etc/motd", "second layer\n")
    write(dir .. "/upper/etc/.wh.group", "")
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function sh(text, env)
    env = env or {}
    env.XDG_CACHE_HOME = dir .. "/cache"
    for name, nowhere in pairs(support.NO_ENGINE) do
      env[name] = nowhere
    end
    return support.sh(text, { cwd = dir, env = env, deadline_s = 120 })
  end

  local function pack(kind, options)
    write(dir .. "/config.json", CONFIG)
    local script = os.getenv("PWD") .. "/tests/e2e/image_pack.py"
    local got = sh(('python3 %s %s img.tar demo/app:1 "$(cat config.json)" root upper %s'):format(
      script, kind, options or ""))
    assert.equal("", got.err)
  end

  local function file(name, head, steps)
    write(dir .. "/" .. name .. ".clnrm.toml", '[meta]\nname = "' .. name .. '"\n' .. head .. steps)
  end

  local function step(command, more)
    return ('[[steps]]\nname = "step"\n%scommand = %q\n'):format(more or "", command)
  end

  for _, way in ipairs({
    { "docker", "" }, { "docker", "--gzip" }, { "oci", "" }, { "oci", "--gzip" },
  }) do
    it("is the root of a room: " .. table.concat(way, " "), function()
      pack(way[1], way[2])
      file("a", '[room]\nimage = "archive:img.tar"\n',
        step("cat /etc/motd; echo $FROM; test ! -e /etc/group.bak && busybox true; pwd")
        .. 'expect.stdout.equals = "second layer\\nimage\\n/room\\n"\n')
      local got = sh("clnrm run; rm -r root upper; clnrm run --json")
      assert.equal(0, got.code, got.out .. got.err)
      assert.matches("root of archive:img.tar by overlay", got.out, 1, true)
    end)
  end

  it("is taken out of a compressed archive, and a plain root is one, too", function()
    pack("docker")
    file("a", '[room]\nimage = "archive:img.tar.gz"\n', step("test $FROM = image"))
    file("b", '[room]\nimage = "archive:root.tar"\n',
      step("test -e /etc/motd && test -z \"$FROM\""))
    local got = sh("gzip img.tar && tar -C root -cf root.tar . && clnrm run")
    assert.equal(0, got.code, got.out .. got.err)
  end)

  it("is the root of a service, beside steps in the host's room", function()
    pack("oci")
    file("a", '[services.app]\nimage = "archive:img.tar"\n'
      .. 'wait = { log = "started by image in /srv/app" }\n'
      .. 'files = [{ path = "/etc/app.conf", content = "x" }]\n'
      .. '[services.other]\ncommand = ["sleep", "100"]\n[[scenario]]\nname = "s"\n',
      step("id -u; cat /etc/motd /etc/app.conf; grep app /etc/hosts; echo shared >/room/note",
        'service = "app"\n'):gsub("%[%[steps", "[[scenario.steps")
        .. '[[scenario.steps]]\nname = "host"\n'
        .. 'command = "python3 -V && cat /room/note && test ! -e /bin/busybox2"\n')
    local got = sh("clnrm run -v")
    assert.equal(0, got.code, got.out .. got.err)
  end)

  it("has its command replaced and its entrypoint given arguments, as the file says", function()
    pack("docker")
    file("a", '[services.app]\nimage = "archive:img.tar"\n'
      .. 'command = ["echo own $FROM; exec sleep 100", "sh"]\n'
      .. 'wait = { log = "own image" }\nenv = { FROM2 = "x" }\n', step("true"))
    file("b", '[services.app]\nimage = "archive:img.tar"\nentrypoint = ["/bin/echo"]\n'
      .. 'args = ["one", "two"]\nkind = "task"\nwait = { log = "one two" }\n', step("true"))
    local got = sh("clnrm run -v")
    assert.equal(0, got.code, got.out .. got.err)
  end)

  local HEALTHY = [[{"Cmd": ["sh", "-c", "sleep 0.3; echo x >/tmp/well; exec sleep 1000"],
    "Healthcheck": {"Test": %s, "Interval": %d, "Retries": %d},
    "Volumes": {"/data/own": {}, "/etc": {}},
    "User": "redis"}]]

  local function pack_healthy(test, interval_s, retries)
    write(dir .. "/config.json", HEALTHY:format(test, (interval_s or 0) * 1000000000, retries or 0))
    local script = os.getenv("PWD") .. "/tests/e2e/image_pack.py"
    local got = sh(('python3 %s oci img.tar demo/app:1 "$(cat config.json)" root'):format(script))
    assert.equal("", got.err)
  end

  local APP = '[services.app]\nimage = "archive:img.tar"\n'

  local WAITS = '[services.web]\ncommand = "exec sleep 1000"\ndepends_on = { app = "healthy" }\n'
  local TESTS = { '["CMD", "test", "-e", "/tmp/well"]', '["CMD-SHELL", "test -e /tmp/well"]' }

  for _, test in ipairs(TESTS) do
    it("has its HEALTHCHECK seen before steps begin: " .. test, function()
      pack_healthy(test)
      file("a", APP, step("test -e /tmp/well", 'service = "app"\n'))
      file("b", APP .. WAITS, step("true"))
      local got = sh("clnrm run")
      assert.equal(0, got.code, got.out .. got.err)
    end)
  end

  it("is not healthy when its HEALTHCHECK says so, unless the file says another", function()
    pack_healthy('["CMD", "false"]', 1, 1)
    file("a", APP, step("true"))
    local got = sh("clnrm run")
    assert.equal(1, got.code, got.out)
    assert.matches("T607", got.out)
    assert.matches("service 'app' is not healthy: 1 checks in a row failed", got.out)
    file("a", APP .. 'health_check = { cmd = ["true"] }\n', step("true"))
    assert.equal(0, sh("clnrm run").code)
    pack_healthy('["NONE"]')
    file("a", APP, step("true"))
    assert.equal(0, sh("clnrm run").code)
    file("a", APP .. WAITS, step("true"))
    got = sh("clnrm run")
    assert.equal(2, got.code, got.out)
    assert.matches("error[P109]", got.out, 1, true)
    assert.matches("has no HEALTHCHECK", (got.out:gsub("%s+", " ")), 1, true)
  end)

  it("has folders for its VOLUMEs, fresh for each room, also under a policy", function()
    pack_healthy('["CMD", "true"]')
    local steps = step("test -d /data/own && test ! -e /data/own/x && echo x >/data/own/x",
      'service = "app"\n')
      :gsub("%[%[steps", "[[scenario.steps")
    file("a", APP .. '[[scenario]]\nname = "one"\n', steps
      .. '[[scenario]]\nname = "two"\n' .. steps
      .. '[[scenario]]\nname = "three"\npolicy = { security_level = "medium" }\n' .. steps)
    local got = sh("clnrm run")
    assert.equal(0, got.code, got.out .. got.err)
  end)

  it("says that its USER is another than the room's", function()
    pack_healthy('["CMD", "true"]')
    file("a", APP, step("id -un", 'service = "app"\n') .. 'expect.stdout.equals = "room\\n"\n')
    local got = sh("clnrm run --json")
    assert.equal(0, got.code, got.out)
    assert.matches('not as images say: app as redis"', got.out, 1, true)
    file("a", '[room]\nimage = "archive:img.tar"\n', step("true"))
    assert.matches('not as images say: the room as redis"', sh("clnrm run --json").out, 1, true)
  end)

  it("is taken in anew where an older clnrm has taken it in", function()
    pack_healthy('["CMD", "test", "-e", "/tmp/well"]')
    file("a", APP, step("test -e /tmp/well", 'service = "app"\n'))
    local got = sh("clnrm run && sed -i 's/\"format\":2/\"format\":1/; s/\"health\":{[^}]*},//' "
      .. "cache/clnrm/images/trees/*/image.json && "
      .. "grep -c '\"format\":1' cache/clnrm/images/trees/*/image.json && clnrm run")
    assert.equal(0, got.code, got.out .. got.err)
  end)

  it("is taken from what a real docker save writes", function()
    local engine, why = dofile("tests/lua/docker/engines.lua").engine()
    if not engine then
      return pending(why)
    end
    local name = "clnrm-test-" .. dir:match("[^/]*$"):lower():gsub("[^%w]", "") .. ":1"
    local got = support.sh(([[
      tar -C root -cf - . | timeout 60 docker import -c 'ENV FROM=docker' - %s >id &&
      timeout 60 docker save %s -o img.tar
      timeout 60 docker rmi %s >/dev/null; cat id]]):format(name,
      name, name), { cwd = dir, env = { DOCKER_HOST = engine.host } })
    local id = assert(got.out:match("^sha256:%x+"), got.err)
    file("a", '[room]\nimage = "' .. name .. '"\n', step("test $FROM = docker"))
    got = sh("clnrm image load img.tar && clnrm image ls --json && clnrm run")
    assert.equal(0, got.code, got.out .. got.err)
    assert.matches('"id":"' .. id, got.out, 1, true) -- as docker names it
  end)

  it("is the root of rooms and services of Lua tests", function()
    pack("docker")
    write(dir .. "/a.clnrm.lua", [==[
local clnrm = require("clnrm")
clnrm.test("room", function(t)
  local room = t:open({ image = "archive:img.tar" })
  clnrm.expect(room:exec("cat /etc/motd; echo $FROM").stdout):equals("second layer\nimage\n")
end)
clnrm.test("service", function(t)
  local room = t:open({ services = { app = { image = "archive:img.tar",
    wait = { log = "started by image" } } } })
  clnrm.expect(room:exec({ "python3", "-V" }).exit_code):equals(0)
  clnrm.expect(room:service("app"):logs()):contains("started by image in /srv/app")
end)
]==])
    local got = sh("clnrm run")
    assert.equal(0, got.code, got.out .. got.err)
    write(dir .. "/a.clnrm.lua", 'local clnrm = require("clnrm")\nclnrm.test("x", function(t)\n'
      .. 't:open({ image = "nobody/has:1" }):exec({ "true" })\nend)\n')
    got = sh("clnrm run")
    assert.equal(6, got.code, got.out)
    assert.matches("V005", got.out)
  end)

  it("is refused when it is for another machine", function()
    pack("docker", "--arch=arm64")
    file("a", '[room]\nimage = "archive:img.tar"\n', step("true"))
    local got = sh("[ \"$(uname -m)\" = x86_64 ] || exit 77; clnrm run")
    if got.code == 77 then
      pending("this machine is no amd64")
      return
    end
    assert.equal(6, got.code)
    assert.matches("V005.*it is for linux/arm64, and this machine is linux/amd64", got.out)
  end)

  it("is refused when a layer or its description has another digest", function()
    for _, kind in ipairs({ "docker", "oci" }) do
      pack(kind)
      file("a", '[room]\nimage = "archive:img.tar"\n', step("true"))
      for _, change in ipairs({ "s/second layer/second-layer/", "s/FROM=image/FROM=imagE/" }) do
        local got = sh(("cp img.tar keep && sed -i '%s' img.tar && clnrm run; code=$?; "
          .. "mv keep img.tar; "
          .. "ls -A cache/clnrm/images/trees cache/clnrm/images/tmp | grep -v :; exit $code")
          :format(change))
        assert.equal(6, got.code, kind .. change .. got.out)
        assert.matches("another digest", got.out)
        assert.is_nil(got.out:find("^%x+$")) -- nothing was kept
      end
    end
  end)

  it("says how an id is written, when it was taken for a name", function()
    local got = sh("clnrm image rm 7b1c")
    assert.equal(1, got.code)
    assert.matches("no image 7b1c:latest\n", got.err, 1, true)
    assert.matches("by its id it is sha256:7b1c… with 12 to 64 digits", got.err, 1, true)
    assert.matches("no image cafe:latest\n  clnrm image ls\n", sh("clnrm image rm cafe").err, 1,
      true)
  end)

  it("is found in the store by name, and not without", function()
    pack("docker")
    file("a", '[room]\nimage = "demo/app:1"\n', step("test $FROM = image"))
    local got = sh("clnrm run")
    assert.equal(6, got.code)
    assert.matches("V005", got.out)
    assert.matches("a%.clnrm%.toml:4:9\n", got.out) -- `image`, not the scenario
    assert.matches("is not in the store of this machine", (got.out:gsub("%s+", " ")))
    local named = "no engine answers: Docker does not run here: unix:///nowhere, from DOCKER_HOST"
    assert.matches(named, (got.out:gsub("%s+", " ")), 1, true)
    assert.matches("clnrm image load.*archive:.*rootfs:", got.out)
    local help = "help: start Docker (systemctl start docker), or say where it is: DOCKER_HOST, or "
      .. "docker context use; or, without an engine, three ways"
    assert.matches(help, (got.out:gsub("%s+", " ")), 1, true)
    got = sh("clnrm image load img.tar && clnrm run && clnrm image ls && "
      .. "clnrm image rm demo/app:1; "
      .. "clnrm image ls; clnrm run")
    assert.equal(6, got.code)
    assert.matches("loaded  sha256:%x+", got.out)
    assert.matches("linux/amd64 +demo/app:1", got.out)
    assert.matches("1 passed.*removed  sha256:.*0 images", got.out)
  end)

  it("is not removed while a room has it", function()
    pack("docker")
    file("a", '[room]\nimage = "demo/app:1"\n', step("echo there >/project/../room/x; sleep 5"))
    local got = sh([[clnrm image load img.tar >/dev/null; clnrm run >run.out 2>&1 &
      for i in $(seq 200); do ls cache/clnrm/images/use/* >/dev/null 2>&1 && break; sleep 0.1; done
      clnrm image rm demo/app:1; echo "rm: $?"; wait; cat run.out; clnrm image rm demo/app:1]])
    assert.matches("rm: 6", got.out)
    assert.matches("is used by a clnrm that runs", got.err)
    assert.matches("1 passed", got.out)
    assert.matches("removed  sha256", got.out)
  end)

  it("is made anew when its files were changed, never used so", function()
    pack("docker")
    file("a", '[room]\nimage = "archive:img.tar"\n', step("cat /etc/motd")
      .. 'expect.stdout.equals = "second layer\\n"\n')
    file("b", '[room]\nimage = "demo/app:1"\n', step("cat /etc/motd")
      .. 'expect.stdout.equals = "second layer\\n"\n')
    local damage = "f=$(echo cache/clnrm/images/trees/*/root/etc/motd); touch -r $f t; "
      .. "printf 'SECOND LAYER\\n' >$f; touch -r t $f; "
    local got = sh("clnrm image load img.tar && clnrm run && " .. damage
      .. "clnrm run a.clnrm.toml && "
      .. damage .. "clnrm run b.clnrm.toml")
    assert.equal(0, got.code, got.out .. got.err)
    got = sh(damage .. "rm img.tar; clnrm run b.clnrm.toml")
    assert.equal(6, got.code, got.out)
    assert.matches("is damaged: its files are not what was put there", (got.out:gsub("%s+", " ")))
  end)

  it("is whole or not there when its import is killed", function()
    pack("docker")
    file("a", '[room]\nimage = "archive:img.tar"\n', step("cat /etc/motd"))
    local got = sh([[for ms in 5 10 20 30 40 60 80 100; do
        rm -rf cache; timeout -s KILL 0.0$ms "$CLNRM" run >/dev/null 2>&1
        for t in cache/clnrm/images/trees/*/; do
          [ ! -d "$t" ] || [ -s "$t/image.json" ] || echo HALF
        done
        clnrm run >/dev/null || echo "run after $ms: $?"
        ls -A cache/clnrm/images/tmp
      done]])
    assert.equal("", got.out)
  end)

  it("is taken in once by several clnrm at once", function()
    pack("oci", "--gzip")
    file("a", '[room]\nimage = "archive:img.tar"\n', step("cat /etc/motd"))
    local got = sh([[for i in 1 2 3 4; do clnrm run >$i.out 2>&1 & done; wait
      cat *.out; ls cache/clnrm/images/trees | wc -l]])
    local _, passed = got.out:gsub("1 passed", "")
    assert.equal(4, passed, got.out)
    assert.matches("\n1\n$", got.out)
  end)

  it("lies about nothing in its description: each is one error", function()
    local function archive(manifest, more)
      return tar.archive({ { n = "manifest.json", d = manifest }, table.unpack(more or {}) })
    end
    local layer = { n = "l.tar", d = tar.archive({ { n = "etc/x", d = "x" } }) }
    local good = '[{"Config": "c.json", "RepoTags": null, "Layers": ["l.tar"]}]'
    local function config(text)
      return archive(good, { layer, { n = "c.json", d = text } })
    end
    local platform = '"os": "linux", "architecture": "amd64"'
    local cases = {
      archive("{"), archive("[]"), archive("[1]"), archive(("["):rep(100000)),
      archive('[{"Config": 1, "Layers": []}]'),
      archive('[{"Config": "../../etc/passwd", "Layers": []}]'),
      archive('[{"Config": "/etc/passwd", "Layers": []}]'), archive(good), archive(good, { layer }),
      archive('[{"Config": "c.json", "Config": "d.json", "Layers": []}]'),
      archive(good, { layer, { n = "c.json", t = "2", l = "/etc/passwd" } }),
      archive(good, { layer, { n = "c.json", t = "2", l = "c.json" } }),
      config("x"), config("{}"), config("[]"), config("{" .. platform .. "}"),
      config("{" .. platform .. ', "rootfs": {"diff_ids": []}}'),
      config("{" .. platform .. ', "rootfs": {"diff_ids": ["sha256:0"]}}'),
      config("{" .. platform .. ', "rootfs": {"diff_ids": ["sha256:' .. ("0"):rep(64) .. '"]}}'),
      config("{" .. platform .. ', "config": {"Env": "x"}, "rootfs": {"diff_ids": []}}'),
      config("{" .. platform .. ', "config": {"Env": ["=x"]}, "rootfs": {"diff_ids": []}}'),
      config("{" .. platform .. ', "config": {"Cmd": [1]}, "rootfs": {"diff_ids": []}}'),
      tar.archive({ { n = "oci-layout", d = "{}" }, { n = "index.json", d = "{}" } }),
      tar.archive({ { n = "oci-layout", d = "{}" },
        { n = "index.json", d = '{"manifests": [{"digest": "sha256:../../x"}]}' } }),
      tar.archive({ { n = "oci-layout", d = "{}" },
        { n = "index.json",
          d = '{"manifests": [{"digest": "sha256:' .. ("a"):rep(64) .. '"}]}' } }),
      tar.archive({ { n = "readme", d = "neither" } }),
    }
    for i, bytes in ipairs(cases) do
      write(("%s/bad/%02d.tar"):format(dir, i), bytes)
    end
    local got = sh([[
for f in bad/*; do clnrm image load $f >out 2>err; echo "$f $? $(grep -c ^error err)
$(grep -c '[.]lua:\|traceback' err)"; done
ls -A cache/clnrm/images/trees cache/clnrm/images/tmp | grep -v :]])
    local _, right = got.out:gsub("bad/%d+.tar 6 1\n0\n", "")
    assert.equal(#cases, right, got.out)
  end)
end)
