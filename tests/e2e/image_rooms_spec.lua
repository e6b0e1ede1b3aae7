--- Rooms whose root is a folder with an image in it: what steps see, what they can write, what is
--- refused.  The image is made here, of Debian's static busybox.
local image = dofile("tests/e2e/image_support.lua")
local support = dofile("tests/e2e/support.lua")

local run, write = support.run, support.write

local HEAD = '[meta]\nname = "image"\n[room]\nimage = "rootfs:root"\n'

local function step(command, expected)
  local check = expected and ("expect.stdout.equals = %q\n"):format(expected):gsub("\\\n", "\\n")
  return ('[[steps]]\nname = %q\ncommand = %q\n%s'):format(command, command, check or "")
end

local function names_of(steps)
  for i, one in ipairs(steps) do
    steps[i] = one:gsub('name = "[^\n]*"\n', ('name = "step %d"\n'):format(i), 1)
  end
  return table.concat(steps)
end

describe("a room with the root of a folder", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    image.busybox(dir .. "/root")
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function file(steps)
    write(dir .. "/a.clnrm.toml", HEAD .. names_of(steps))
  end

  it("has the programs of the image, and none of the host", function()
    file({ step("busybox | head -n 1 | cut -c 1-7", "BusyBox\n"), step("test ! -e /usr/bin/env") })
    local got = run({ "run" }, { cwd = dir })
    assert.equal(0, got.code, got.out)
    write(dir .. "/a.clnrm.toml", HEAD
      .. '[[steps]]\nname = "python"\ncommand = ["python3", "-V"]\n')
    got = run({ "run" }, { cwd = dir })
    assert.equal(1, got.code)
    assert.matches("programs are those of the image rootfs:root", got.out)
  end)

  it("can be written to, and the folder stays as it is", function()
    local before = image.listing(dir .. "/root")
    file({
      step("echo changed >/etc/motd; rm /bin/cat; mkdir /new; chmod 700 /etc; cp /bin/ls /sbin/x"),
      step("busybox cat /etc/motd; ls /bin/cat /new 2>/dev/null | wc -l", "changed\n1\n"),
    })
    local got = run({ "run" }, { cwd = dir })
    assert.equal(0, got.code, got.out)
    assert.equal(before, image.listing(dir .. "/root"))
    file({ step("cat /etc/motd", "made by a test\n") }) -- nothing of the last run is left
    assert.equal(0, run({ "run" }, { cwd = dir }).code)
  end)

  it("has the room's own user, names, places, /proc and /dev", function()
    file({
      step("id -u; id -un; pwd", "1000\nroom\n/room\n"),
      step("grep -c localhost /etc/hosts; cat /etc/hostname", "2\nroom\n"),
      step("grep root /etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
      step("test -c /dev/null && test -r /proc/self/status && test -w /tmp"),
      step("ls /project/root/bin/sh"),
      step("grep -c . /proc/1/environ || true; ls -d /proc/[0-9]* | wc -l"),
    })
    local got = run({ "run" }, { cwd = dir })
    assert.equal(0, got.code, got.out)
  end)

  it("says in the isolation of its result what its root is", function()
    file({ step("true") })
    local got = run({ "run", "--json" }, { cwd = dir })
    assert.matches('"fs":"own namespace, root of rootfs:root by overlay', got.out, 1, true)
  end)

  it("is refused when /dev, /proc or another place is a link in the image", function()
    local service = "[meta]\nname = 'service'\n[services.web]\nimage = 'rootfs:root'\n"
      .. "command = ['busybox', 'sleep', '60']\n[[steps]]\nname = 'x'\ncommand = ['true']\n"
    write(dir .. "/service.clnrm.toml", service)
    for _, place in ipairs({ "dev", "proc", "tmp", "room", "etc" }) do
      support.sh(("rm -rf root/%s canary && mkdir canary && ln -s %s/canary root/%s"):format(place,
        dir, place), { cwd = dir })
      file({ step("true") })
      for path, code in pairs({ ["a.clnrm.toml"] = 6, ["service.clnrm.toml"] = 1 }) do
        local got = run({ "run", path }, { cwd = dir })
        assert.equal(code, got.code, place .. ": " .. got.out)
        assert.matches(("help: /%s of the image must be a folder"):format(place), got.out, 1, true)
      end
      assert.equal("", support.sh("ls -A canary", { cwd = dir }).out)
      support.sh(("rm -rf root/%s && mkdir root/%s"):format(place, place), { cwd = dir })
      image.busybox(dir .. "/root")
    end
  end)

  it("replaces a file of /etc that is a link, inside the image only", function()
    support.sh("echo kept >outside && ln -sf ../../outside root/etc/hosts", { cwd = dir })
    file({ step("grep -c localhost /etc/hosts; test ! -L /etc/hosts", "2\n") })
    local got = run({ "run" }, { cwd = dir })
    assert.equal(0, got.code, got.out)
    assert.equal("kept\n", support.read(dir .. "/outside"))
  end)

  it("says what is missing when the image has no shell", function()
    support.sh("rm root/bin/sh", { cwd = dir })
    file({ step("true") })
    local got = run({ "run" }, { cwd = dir })
    assert.equal(1, got.code)
    assert.matches("a text is run by /bin/sh, and the image rootfs:root has none", got.out, 1, true)
    local argv = '[[steps]]\nname = "argv"\ncommand = ["busybox", "true"]\n'
    write(dir .. "/a.clnrm.toml", HEAD .. argv)
    assert.equal(0, run({ "run" }, { cwd = dir }).code)
  end)

  it("has a private copy where no overlay can be made over the folder", function()
    if image.user_id() ~= 0 then
      pending("only root can leave a folder to another user")
      return
    end
    file({ step("echo changed >/etc/motd && cat /etc/motd", "changed\n"), step("rm /bin/cat") })
    local before = image.listing(dir .. "/root")
    assert(os.execute("chmod 755 " .. dir)) -- a root that another user owns
    local got = support.sh("cd " .. dir .. " && setpriv --reuid=65534 --regid=65534 --clear-groups "
      .. '"$CLNRM" run --json', { cwd = dir, env = { HOME = "/nonexistent" } })
    assert.equal(0, got.code, got.out .. got.err)
    assert.matches('"fs":"own namespace, root of rootfs:root by private copy', got.out, 1, true)
    assert.equal(before, image.listing(dir .. "/root"))
  end)
end)

describe("an image that a file names wrongly", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    write(dir .. "/project/file.tar", "x")
    write(dir .. "/project/folder/x", "x")
    write(dir .. "/outside/x", "x")
  end)

  after_each(function()
    support.remove(dir)
  end)

  for name, expected in pairs({
    ["rootfs:absent"] = "P126.*is not there",
    ["rootfs:file.tar"] = "P126.*is a file.*archive:file.tar",
    ["archive:folder"] = "P126.*is a folder.*rootfs:folder",
    ["rootfs:../outside"] = "P122.*leads out of the project",
    ["rootfs:/"] = "P122.*leads out of the project",
    ["rootfs:"] = "P103.*names no folder",
    ["archive:"] = "P103.*names no file",
    ["Not A Name"] = "P103.*is no name of an image",
    ["redis@sha256:00"] = "P103.*digest",
  }) do
    it("is told: " .. name, function()
      write(dir .. "/project/a.clnrm.toml",
        ('[meta]\nname = "x"\n[room]\nimage = %q\n[[steps]]\nname = "s"\ncommand = ["true"]\n')
        :format(name))
      local got = run({ "run" }, { cwd = dir .. "/project" })
      assert.equal(2, got.code)
      assert.matches(expected, (got.out .. got.err):gsub("\n", " "))
    end)
  end
end)
