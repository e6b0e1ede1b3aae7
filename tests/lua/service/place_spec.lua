package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"

local fs = require("core.fs")
local helper = require("service.helper")

local open = helper.open

--- A service that stays; its files are what matters.
local function it_with(fields)
  fields.name = fields.name or "it"
  fields.shell = fields.shell or "exec sleep 60"
  return fields
end

local function output(o, text, service)
  local result <close> = helper.result(o.room:exec({
    shell = "exec 2>&1; " .. text,
    service = service and o.set:get(service),
  }))
  return (result:stdout():gsub("\n$", ""))
end

describe("the files of a service", function()
  local dir

  before_each(function()
    dir = assert(fs.tempdir())
    assert(fs.mkdir_p(dir .. "/data/deep"))
    assert(fs.write_atomic(dir .. "/data/file", "of the host"))
    assert(fs.write_atomic(dir .. "/conf", "a = 1"))
  end)

  after_each(function()
    fs.remove_tree(dir)
  end)

  it("have volumes where they are wanted, and nobody else sees them", function()
    local o <close> = open({
      it_with({
        volumes = {
          { source = dir .. "/data", target = "/srv/shared/data", read_only = true },
          { source = dir .. "/data/deep", target = "/srv/shared/data/deep", read_only = false },
          { source = dir .. "/conf", target = "/etc/app/conf", read_only = true },
        },
        wait = { { kind = "cmd", shell = "test -f /srv/shared/data/file && touch ok" } },
      }),
      it_with({ name = "other" }),
    })
    assert.is_true(o.set:start({ "it", "other" }))
    assert.equal("of the host", output(o, "cat /srv/shared/data/file", "it"))
    assert.equal("a = 1", output(o, "cat /etc/app/conf", "it"))
    assert.matches("Read%-only", output(o, "echo x >/srv/shared/data/new", "it"))
    assert.equal("", output(o, "echo x >/srv/shared/data/deep/new", "it"))
    assert.equal("x\n", fs.read(dir .. "/data/deep/new"))
    assert.matches("No such file", output(o, "cat /srv/shared/data/file"))
    assert.matches("No such file", output(o, "cat /srv/shared/data/file", "other"))
    assert.equal("ok", output(o, "ls /var/lib/it"))
    local found = o.room:get("/srv/shared/data/file", 100, o.set:get("it"))
    assert.equal("of the host", found)
  end)

  it("have files, at any place", function()
    local o <close> = open({
      it_with({
        files = {
          { path = "/var/lib/it/conf/a", content = "A", mode = 384 },
          { path = "/etc/it/b", content = "B", mode = 292 },
          { path = "/etc/c", from = dir .. "/conf", mode = 420 },
          { path = "/scratch/d", content = "D", mode = 493 },
        },
        tmpfs = { { path = "/scratch", size = 1 << 20 } },
      }),
    })
    assert.is_true(o.set:start({ "it" }))
    local files = "/var/lib/it/conf/a /etc/it/b /etc/c /scratch/d"
    assert.equal("ABa = 1D", output(o, "cat " .. files, "it"))
    assert.equal("600 444 644 755", output(o, "echo $(stat -c %a " .. files .. ")", "it"))
    assert.matches("Read%-only", output(o, "echo x >/etc/c", "it"))
    assert.equal("0", output(o, "cat /etc/it/b /etc/c /scratch/d 2>/dev/null | wc -c"))
  end)

  it("have a tmpfs of its own size", function()
    local o <close> = open({
      it_with({ tmpfs = { { path = "/var/lib/it/small", size = 1 << 20, mode = 448 } } }),
    })
    assert.is_true(o.set:start({ "it" }))
    local text = "cd small; stat -c %a .; head -c 900000 /dev/zero >a; head -c 900000 /dev/zero >b"
    assert.matches("^700\n.*No space left on device", output(o, text, "it"))
    assert.equal("", output(o, "ls /var/lib/it/small"))
  end)

  it("have shared memory of their own size", function()
    local o <close> = open({ it_with({ shm_size = 1 << 20 }), it_with({ name = "other" }) })
    assert.is_true(o.set:start({ "it" }))
    local size = "df -k /dev/shm | tail -n 1 | tr -s ' ' | cut -d ' ' -f 2; touch /dev/shm/x"
    assert.equal("1024", output(o, size, "it"))
    assert.not_equal("1024", output(o, size, "other"))
    assert.equal("x", output(o, "ls /dev/shm", "it"))
  end)

  it("have names of their own beside those of the room", function()
    local o <close> = open({
      it_with({ extra_hosts = { { "upstream", "127.0.0.9" } } }),
      it_with({ name = "other" }),
    })
    assert.is_true(o.set:start({ "it" }))
    assert.matches("^127.0.0.9 ", output(o, "getent hosts upstream", "it"))
    assert.matches("^127.0.0.1 ", output(o, "getent hosts other", "it"))
    assert.equal("none", output(o, "getent hosts upstream || echo none"))
  end)

  it("have a directory to start in, and a name of the machine", function()
    local o <close> = open({ it_with({ cwd = "/var/lib/it/work/here", hostname = "box" }) })
    assert.is_true(o.set:start({ "it" }))
    local text = "pwd; hostname; echo $HOSTNAME; touch x"
    assert.equal("/var/lib/it/work/here\nbox\nbox", output(o, text, "it"))
    assert.equal("room", output(o, "hostname"))
  end)

  it("fail the start when they cannot be put in their place", function()
    local o <close> = open({ it_with({ files = { { path = "/usr/bin/x/y", content = "" } } }) })
    local ok, failure = o.set:start({ "it" })
    assert.is_nil(ok)
    assert.equal("T606", failure.code)
    assert.matches("^service 'it' could not start: .*/usr/bin/x", failure.message)
    assert.is_nil(o.set:get("it").process)
    local p <close> = open({ it_with({ files = { { path = "/tmp/x", from = dir .. "/gone" } } }) })
    ok, failure = p.set:start({ "it" })
    assert.is_nil(ok)
    assert.equal("H009", failure.code)
    assert.matches("gone: no such file", failure.message)
    assert(fs.symlink(dir .. "/link", "data"))
    local file = { path = "/tmp/x", from = dir .. "/link/file" }
    local q <close> = open({ it_with({ files = { file } }) })
    ok, failure = q.set:start({ "it" })
    assert.is_nil(ok)
    assert.equal("H009", failure.code)
    assert.matches(("%s/link/file was to be shown at /tmp/x, and it leads to %s/data/file now")
      :format(dir, fs.realpath(dir)), failure.message, 1, true)
  end)
end)
