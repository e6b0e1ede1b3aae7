--- The root of an image under a policy: which programs are found in it, which places stay open.
local support = dofile("tests/e2e/support.lua")
local tree = require("engine.policy.tree")

describe("a tree", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    assert(support.sh([[
mkdir -p usr/bin usr/local/bin opt etc/alternatives var data home2
ln -s usr/bin bin; ln -s home2 home
for p in od busybox mawk box; do printf x > usr/bin/$p; chmod 755 usr/bin/$p; done
printf x > usr/bin/plain-text
ln -s busybox usr/bin/nc
ln -s /etc/alternatives/awk usr/bin/awk; ln -s ../../usr/bin/mawk etc/alternatives/awk
ln -s ../../../../../../../etc/passwd usr/bin/out
ln -s round usr/bin/round
ln -s /usr/bin/od usr/local/bin/octal]], { cwd = dir }).code == 0)
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function found(...)
    local list = {}
    for _, one in ipairs(tree.find({ ... }, "/usr/local/bin:/bin:/usr/bin", dir)) do
      list[#list + 1] = one.target .. (one.is_link and "@" or "")
    end
    return table.concat(list, " ")
  end

  it("has programs, each once, by their real places", function()
    assert.equal("/usr/bin/od", found("od"))
    assert.equal("/usr/bin/od", found("/bin/od"))
    assert.equal("", found("absent", "plain-text"))
  end)

  it("has links, which are covered with what they lead to", function()
    assert.equal("/usr/bin/awk@ /usr/bin/mawk", found("awk"))
    assert.equal("/usr/bin/od /usr/local/bin/octal@", found("octal"))
  end)

  it("has names of a file that is many programs, of which only the name is covered", function()
    assert.equal("/usr/bin/nc@", found("nc"))
    assert.equal("/usr/bin/busybox", found("busybox"))
  end)

  it("has no way out and no way round", function()
    assert.equal("", found("out", "round"))
    assert.is_nil((tree.resolve(dir, "/usr/bin/out")))
    assert.equal("/", (tree.resolve(dir, "/../..")))
  end)

  it("has places that stay open, links followed", function()
    local root = { dir = dir, config = { volumes = { "/data", "/var/lib/x", "/usr/bin/od" } } }
    assert.equal("/var /run /home2 /root /srv /data", table.concat(tree.places(root), " "))
  end)

  it("is closed, with its places behind the root", function()
    local level = require("engine.policy.level").levels
    local function ops(name)
      local list = { { kind = "copy", target = "/" }, { kind = "dir", target = "/etc" } }
      tree.apply(list, { level = level[name], commands = { "nc" }, path = "/bin", asks_dns = false,
        root = { dir = dir, config = { volumes = { "/a/b" } } } })
      local text = { list[1].readonly and "closed" or "open" }
      for i = 2, #list do
        text[i] = list[i].kind .. list[i].target .. (list[i].noexec and "!" or "")
      end
      return table.concat(text, " ")
    end
    assert.equal("open dir/etc file/usr/bin/nc stand/usr/bin/nc", ops("low"))
    assert.equal("closed place/var! place/run! place/home2! place/root! place/srv! dir/a "
      .. "place/a/b! dir/etc file/usr/bin/nc stand/usr/bin/nc", ops("medium"))
    assert.equal("closed dir/etc file/usr/bin/nc stand/usr/bin/nc", ops("high"))
  end)
end)
