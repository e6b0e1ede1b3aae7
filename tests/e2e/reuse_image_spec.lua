--- Rooms of the sandbox with the root of an image, whose upper layer is in memory.
local image = dofile("tests/e2e/image_support.lua")
local json = require("core.json")
local residues = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/tools/residues.lua")
local support = dofile("tests/e2e/support.lua")

local HEAD = '[meta]\nname = "a"\n[room]\nimage = "rootfs:root"\nreuse = "verified"\n'

describe("a room of the sandbox with an image", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    image.busybox(dir .. "/root")
    support.write(dir .. "/root/bin/residue", residues.compile())
    assert(support.sh("rm -f root/etc/hosts; chmod 755 root/bin/residue", { cwd = dir }).code == 0)
  end)
  after_each(function()
    support.remove(dir)
  end)

  --- Runs commands, one scenario each; says what kept rooms from being used again.
  local function run(commands)
    local text = { HEAD }
    for i, command in ipairs(commands) do
      text[i + 1] = ('[[scenario]]\nname = "s%d"\nrun = %q\n'):format(i, command)
    end
    support.write(dir .. "/a.clnrm.toml", table.concat(text))
    local got = support.run({ "run", "-f", "events", "-j1", "--backend", "sandbox" },
      { cwd = dir, env = { XDG_STATE_HOME = dir .. "/.state" } })
    assert.equal(0, got.code, got.out .. got.err)
    local why = {}
    for line in got.out:gmatch("[^\n]+") do
      why[#why + 1] = json.decode(line).not_reused
    end
    return why, json.decode(got.out:match('[^\n]*"run_end"[^\n]*')).pool
  end

  it("is used again when nothing was left, and not when a file of the image was changed", function()
    local why, pool = run({ "true", "cat /etc/hosts /etc/motd", "echo x >> /etc/motd",
      "test $(head -c 1 /etc/motd) != z", "residue mmap /etc/motd", "grep -q ^made /etc/motd" })
    local both = "files: /etc, /etc/motd; content of /etc/motd"
    assert.same({ both, both }, why)
    assert.same({ 3, 3, 2 }, { pool.made, pool.again, pool.dirty })
  end)

  it("is not when mmap wrote to a file that clnrm itself put into the layer in memory", function()
    local why, pool = run({ "residue mmap /etc/hosts", "grep -q ^127 /etc/hosts" })
    assert.same({ "content of /etc/hosts" }, why)
    assert.same({ 2, 0, 1 }, { pool.made, pool.again, pool.dirty })
  end)
end)
