--- `[room] project = "copy"` in containers: private, writable, the user's, gone with the room.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines

local FILE = [==[
[meta]
name = "copy"
[room]
image = "$nonroot"
project = "copy"
[services.app]
image = "$nonroot"
command = "echo seen >/project/by-service; touch /tmp/ready; exec sleep 60"
stop_timeout = "1ms"
wait = { file = "/tmp/ready" }
[[scenario]]
name = "writes"
[[scenario.steps]]
name = "as the user"
command = """cd /project && id -u && stat -c '%u %a %n' . a.clnrm.toml deep/run.sh
cat deep/run.sh && readlink link && echo changed >deep/run.sh && rm link && mkdir new && touch new/x
cat by-service && ls"""
expect.stdout.equals = """
1000
1000 755 .
1000 644 a.clnrm.toml
1000 750 deep/run.sh
as it was
deep/run.sh
seen
a.clnrm.toml
by-service
deep
new
"""
[[scenario]]
name = "begins anew"
[[scenario.steps]]
name = "as it was"
command = "cat /project/deep/run.sh /project/by-service; ls /project"
expect.stdout.equals = """
as it was
seen
a.clnrm.toml
by-service
deep
link
"""
]==]

--- Of files that say themselves whose the room is, or its first service where it has no image.
local OWNED = [==[
[meta]
name = "owned"
[room]
project = "copy"
$room
[[scenario]]
name = "x"
[[scenario.steps]]
name = "x"
$step
command = "cd /project && touch new && stat -c %u . a.clnrm.toml new"
expect.stdout.equals = """
0
0
0
"""
]==]
local OF_ROOM = 'image = "%s"\nuser = "root"'
local OF_SERVICE = '[services.app]\nimage = "%s"\nuser = "root"\nwait = { file = "/tmp/ready" }\n'
  .. 'command = "touch /tmp/ready; exec sleep 60"\nstop_timeout = "1ms"'

--- Two scenarios that must see the new file; of hooks, and a room that both have or each its own.
local NEW = [==[
[meta]
name = "new"
[room]
image = "$image"
project = "copy"
$more
[[scenario]]
name = "first"
$room
[[scenario.steps]]
name = "s"
command = "cat /project/data/word"
expect.stdout.equals = "new\n"
[[scenario]]
name = "second"
$room
[[scenario.steps]]
name = "s"
command = "cat /project/data/word"
expect.stdout.equals = "new\n"
]==]

local HOOK = '[hooks]\nbefore_all = { command = "sleep 1; echo new >data/word", on = "host" }\n'

local IN_LUA = [==[
local clnrm = require("clnrm")
for i, command in ipairs({ "true", "sleep 1; echo new >/v/word" }) do
  clnrm.test("test " .. i, function(t)
    local room = t:open({ project = "none", services = { b = { image = "$image",
      volumes = { "./data:/v" }, command = { "sleep", "100" }, stop_timeout = "1ms" } } })
    clnrm.expect(room:exec(command, { service = "b" }).exit_code):equals(0)
  end)
end
clnrm.test("reads", function(t)
  local room = t:open({ image = "$image", project = "copy" })
  clnrm.expect(room:exec("cat /project/data/word").stdout):equals("new\n")
end)
]==]

--- What changes the project as rooms of the next tests could be there.
local CHANGES = {
  ["before_all of its own file"] = { ["z.clnrm.toml"] = NEW:gsub("$more", HOOK) },
  ["before_all of its own file, in the room that its scenarios share"] = {
    ["z.clnrm.toml"] = NEW:gsub("$more", HOOK):gsub("$room", 'room = "shared"') },
  ["a hook of another file"] = { ["z.clnrm.toml"] = NEW, ["a.clnrm.toml"] =
    '[meta]\nname = "a"\n[room]\nimage = "$image"\n' .. HOOK .. '[[scenario]]\nname = "a"\n'
    .. '[[scenario.steps]]\nname = "s"\ncommand = "true"\nexpect.exit_code = 0\n' },
  ["a test in Lua"] = { ["z.clnrm.toml"] = NEW, ["a.clnrm.lua"] = IN_LUA },
}

describe("a copy of the project", function()
  for _, kind in ipairs({ "docker", "podman" }) do
    for name, files in pairs(CHANGES) do
      it(("has what was changed by %s, in containers of %s"):format(name, kind), function()
        local engine, why = (kind == "docker" and engines.engine or engines.podman)()
        local image = engine and assert(engines.image("busybox", { engine = engine }))
        if not image then
          return pending(why)
        end
        local place <close> = docker.place(engine)
        place.write("clnrm.toml", "")
        place.write("data/word", "old\n")
        local names = {}
        for path, text in pairs(files) do
          place.write(path, (text:gsub("%$(%l+)", { image = image, more = "", room = "" })))
          names[#names + 1] = path
        end
        table.sort(names)
        local argv = { "run", "--backend", kind, "-j1", "--order", "file", "--allow",
          "host-hooks" }
        table.move(names, 1, #names, #argv + 1, argv)
        local got = place.clnrm(argv)
        assert.equal(0, got.code, got.out .. got.err)
      end)
    end
  end

  for _, kind in ipairs({ "docker", "podman" }) do
    it("is the room's alone, in containers of " .. kind, function()
      local engine, why = (kind == "docker" and engines.engine or engines.podman)()
      local image = engine and assert(engines.image("nonroot", { engine = engine }))
      if not image then
        return pending(why)
      end
      local place <close> = docker.place(engine)
      place.write("a.clnrm.toml", (FILE:gsub("%$nonroot", image)))
      place.write("deep/run.sh", "as it was\n")
      docker.support.sh("umask 022; chmod 750 deep/run.sh; chmod 644 a.clnrm.toml; "
        .. "ln -s deep/run.sh link", { cwd = place.dir })
      local report = place.run({ "-j", "1" })
      assert.equal(0, report.code, docker.failure(report) .. report.err)
      assert.same({}, place.left(report.run.run_id))
      assert.equal("", engine:docker("volume", "ls", "-q", "--filter",
        "label=clnrm.run=" .. report.run.run_id))
      assert.equal("", place.files())
      assert.equal("as it was\n", docker.support.read(place.dir .. "/deep/run.sh"))
    end)
  end

  for _, kind in ipairs({ "docker", "podman" }) do
    it("is of no other folder that a link in its place leads to, in containers of " .. kind,
      function()
        local engine, why = (kind == "docker" and engines.engine or engines.podman)()
        local image = engine and assert(engines.image("busybox", { engine = engine }))
        if not image then
          return pending(why)
        end
        local place <close> = docker.place(engine)
        place.write("secret/data/word", "new\n")
        place.write("vol/x/clnrm.toml", "")
        local hook = '[hooks]\nbefore_all = { on = "host", '
          .. 'command = "cd .. && mv x away && ln -s ../secret x" }\n'
        place.write("vol/x/z.clnrm.toml", (NEW:gsub("%$(%l+)",
          { image = image, more = hook, room = "" })))
        local report = place.run({ "--allow", "host-hooks", "-j1", "vol/x/z.clnrm.toml" })
        assert.equal(2, #report.results, report.err)
        for _, one in ipairs(report.results) do
          assert.same({ "error", "H009" }, { one.verdict, (one.failures[1] or {}).code })
          assert.matches("it leads to .*/secret now", one.failures[1].message)
        end
        assert.same({}, place.left(report.run.run_id))
      end)
  end

  for _, kind in ipairs({ "docker", "podman" }) do
    it("belongs to the user that the file names, in containers of " .. kind, function()
      local engine, why = (kind == "docker" and engines.engine or engines.podman)()
      local image = engine and assert(engines.image("nonroot", { engine = engine }))
      if not image then
        return pending(why)
      end
      local place <close> = docker.place(engine)
      for name, parts in pairs({ a = { OF_ROOM, "" }, b = { OF_SERVICE, 'service = "app"' } }) do
        place.write(name .. ".clnrm.toml", (OWNED:gsub("%$room", parts[1]:format(image))
          :gsub("%$step", parts[2])))
      end
      local report = place.run()
      assert.equal(0, report.code, docker.failure(report) .. report.err)
      assert.equal(2, #report.results)
    end)
  end

  it("that would be too large is refused, and nothing is left", function()
    local engine, why = engines.engine()
    local image = engine and assert(engines.image("busybox"))
    if not image then
      return pending(why)
    end
    local place <close> = docker.place(engine)
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n[room]\nimage = "%s"\nproject = "copy"\n'
      .. '[[steps]]\nname = "x"\ncommand = ["true"]\n'):format(image))
    docker.support.sh("truncate -s 1100M large", { cwd = place.dir })
    local report = place.run()
    assert.equal(2, report.code)
    assert.equal("E008", report.results[1].failures[1].code)
    assert.matches("it has more than 1024 MiB", docker.failure(report))
    assert.equal("", engine:docker("volume", "ls", "-q", "--filter",
      "label=clnrm.run=" .. report.run.run_id))
    assert.same({}, place.left(report.run.run_id))
  end)
end)
