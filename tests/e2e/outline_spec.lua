--- What plans read of a file is kept, nothing old is believed, and the answer is the same.
local support = require("tests.e2e.support")

-- With a minus, so that it is not read directly.
local FILE = [==[
[meta]
name = "a {{ env -}}"
tags = ["one"]
[vars]
user = "ada"
[[scenario]]
name = "b"
run = ["echo", "{{ vars.user }}"]
]==]

describe("outlines of test files", function()
  local dir, env

  before_each(function()
    dir = support.tempdir()
    env = { HOME = dir, XDG_CACHE_HOME = dir .. "/cache", XDG_STATE_HOME = dir .. "/state" }
    support.write(dir .. "/p/clnrm.toml", "")
    support.write(dir .. "/p/a.clnrm.toml", FILE)
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function clnrm(...)
    return support.run({ ... }, { cwd = dir .. "/p", env = env })
  end

  --- Takes out of an answer what says where it came from.
  local function without_origin(got)
    return { got.code, got.out, (got.err:gsub("outlines: [^\n]*\n", "")
      :gsub("templates: [^\n]*\n", "")) }
  end

  --- Asks, and asks a program that knows nothing: the answers are the same.
  local function ask(...)
    local got = clnrm(...)
    assert.same(without_origin(clnrm(..., "--no-cache", select(2, ...))), without_origin(got))
    return got
  end

  --- How many files were known.
  local function known(...)
    local got = ask("dry-run", "-v", ...)
    return tonumber(got.err:match("outlines: (%d+) of"))
  end

  --- The answer once the file is known, told by its JSON.
  local function first()
    assert.equal(0, known())
    assert.equal(1, known())
    return ask("dry-run", "--json").out
  end

  --- Whether a change is seen, after which the file is known again or not.
  local function changed(before, is_kept)
    assert.equal(0, known())
    local after = ask("dry-run", "--json").out
    assert.not_equal(before, after)
    assert.equal(is_kept == false and 0 or 1, known())
    return after
  end

  it("are used for dry-run, list and validate, each for itself", function()
    first()
    for _, command in ipairs({ "list", "validate" }) do
      assert.matches("outlines: 0 of 1", ask(command, "-v").err)
      assert.matches("outlines: 1 of 1", ask(command, "-v").err)
    end
    assert.equal(1, known())
  end)

  it("are not used for run, --since and -, nor with --no-cache or a tree of one's own", function()
    first()
    assert.is_nil(clnrm("run", "-v").err:match("outlines"))
    assert.is_nil(clnrm("dry-run", "-v", "--no-cache").err:match("outlines: 1"))
    support.sh("git init -q . && git -c user.email=a -c user.name=a commit -q --allow-empty -m a",
      { cwd = dir .. "/p" })
    assert.is_nil(clnrm("dry-run", "-v", "--since", "HEAD").err:match("outlines"))
    local got = support.sh("clnrm dry-run -v - < a.clnrm.toml", { cwd = dir .. "/p", env = env })
    assert.matches("outlines: 0 of 1 files are as they were %(0 written%)", got.err)
    env.CLNRM_LUA_DIR = os.getenv("CLNRM_ROOT") or "."
    assert.matches("outlines: 0 of 1 files are as they were %(0 written%)",
      clnrm("dry-run", "-v").err)
  end)

  it("are made again of a plain file that was saved just now, which is quicker", function()
    support.write(dir .. "/p/a.clnrm.toml", (FILE:gsub("%-}}", "}}")))
    for _ = 1, 2 do
      local got = ask("dry-run", "-v")
      assert.matches("outlines: 0 of 1 files are as they were %(0 written%)", got.err)
      assert.matches("0 compiled, [^\n]*, 1 plain", got.err)
    end
    support.sh("touch -d '2 minutes ago' a.clnrm.toml", { cwd = dir .. "/p" })
    first()
    env.TOKEN = "hunter22"
    support.write(dir .. "/p/a.clnrm.toml", (FILE:gsub("%-}}", "}}"):gsub("{{ env }}",
      "{{ get_env(name='TOKEN') }}")))
    support.sh("touch -d '2 minutes ago' a.clnrm.toml", { cwd = dir .. "/p" })
    for _ = 1, 2 do
      local got = ask("dry-run", "-v")
      assert.matches("outlines: 0 of 1 files are as they were %(0 written%)", got.err)
      assert.is_nil(got.out:find("hunter22", 1, true))
    end
  end)

  it("are of the text", function()
    local before = first()
    support.write(dir .. "/p/a.clnrm.toml", (FILE:gsub("ada", "eva")))
    changed(before)
    support.write(dir .. "/p/a.clnrm.toml", (FILE:gsub("echo", "oops\", 1, \"")))
    assert.equal(2, ask("dry-run").code)
    assert.equal(0, known())
  end)

  it("are of the variables that tags use", function()
    local before = first()
    env.SERVICE_NAME = "other"
    assert.equal(1, known()) -- which no tag uses
    env.ENV = "prod"
    before = changed(before)
    support.write(dir .. "/p/a.clnrm.toml", (FILE:gsub("%[vars%]\nuser = [^\n]*\n", "")
      :gsub("vars.user", "get_env(name='X', default='y')")))
    before = changed(before)
    env.X = ""
    before = changed(before)
    env.X = "z"
    changed(before)
  end)

  it("are of the templates that are asked for, and of those that are not there", function()
    support.write(dir .. "/p/a.clnrm.toml", (FILE:gsub('"echo"',
      '{%% include "x.tera" ignore missing %%} "echo"')))
    local before = first()
    support.write(dir .. "/p/x.tera", '"time", {% include "sub/y.tera" %}')
    support.write(dir .. "/p/sub/y.tera", '"-p",')
    before = changed(before)
    support.write(dir .. "/p/sub/y.tera", '"-v",')
    changed(before)
    support.remove(dir .. "/p/x.tera")
    assert.equal(before ~= nil and 0, known())
  end)

  it("are of the place where a template is found", function()
    support.write(dir .. "/p/t/a.clnrm.toml", (FILE:gsub('"echo"', '{%% include "x.tera" %%}')))
    support.remove(dir .. "/p/a.clnrm.toml")
    support.write(dir .. "/p/x.tera", '"root"')
    local before = first()
    support.write(dir .. "/p/t/x.tera", '"near"')
    changed(before)
  end)

  it("are of the templates that one extends or imports", function()
    support.write(dir .. "/p/base.tera", "{% block a %}{% endblock %}")
    support.write(dir .. "/p/m.tera", '{% macro f() %}"echo"{% endmacro %}')
    support.write(dir .. "/p/a.clnrm.toml", '{% extends "base.tera" %}{% import "m.tera" as m %}'
      .. '{% block a %}[meta]\nname = "a"\n[[steps]]\nname = "s"\ncommand = [{{ m::f() }}]\n'
      .. "{% endblock %}")
    local before = first()
    support.write(dir .. "/p/m.tera", '{% macro f() %}"time"{% endmacro %}')
    before = changed(before)
    support.write(dir .. "/p/base.tera", "{% block a %}{% endblock %}[room]\nproject = 'copy'\n")
    changed(before)
  end)

  it("are of -D and --vars", function()
    local before = first()
    assert.equal(0, known("-D", "user=eva"))
    assert.equal(1, known("-D", "user=eva"))
    assert.not_equal(before, ask("dry-run", "--json", "-D", "user=eva").out)
    support.write(dir .. "/v.toml", 'user = "eva"\n')
    assert.equal(0, known("--vars", dir .. "/v.toml"))
    support.write(dir .. "/v.toml", 'user = "kim"\n')
    assert.equal(0, known("--vars", dir .. "/v.toml"))
    assert.matches("kim", ask("dry-run", "--json", "--vars", dir .. "/v.toml").out)
    assert.equal(before, ask("dry-run", "--json").out)
  end)

  it("tell which names that are given nothing uses", function()
    for _ = 1, 2 do
      assert.matches("no tag of the files that were read uses this name: did you mean user",
        ask("dry-run", "-D", "usr=eva").err)
      assert.equal("", ask("dry-run", "-D", "user=eva").err)
      assert.equal("", ask("dry-run", "-D", "env=eva").err)
    end
  end)

  it("are of the project: its file, and where it is", function()
    support.write(dir .. "/p/t/a.clnrm.toml", (FILE:gsub("%[vars%]\nuser = [^\n]*\n", "")))
    support.remove(dir .. "/p/a.clnrm.toml")
    support.write(dir .. "/p/clnrm.toml", '[vars]\nuser = "eva"\n')
    local before = first()
    support.write(dir .. "/p/clnrm.toml", '[vars]\nuser = "kim"\n')
    before = changed(before)
    support.write(dir .. "/p/t/clnrm.toml", '[vars]\nuser = "leo"\n')
    changed(before)
    support.write(dir .. "/other.toml", '[vars]\nuser = "mia"\n')
    assert.equal(0, known("--config", dir .. "/other.toml"))
    assert.matches("mia", ask("dry-run", "--json", "--config", dir .. "/other.toml").out)
  end)

  it("are of the backend, the seed, the clock and what --allow permits", function()
    support.write(dir .. "/p/a.clnrm.toml", FILE .. '[services.a]\nimage = "redis:7"\n'
      .. 'network = "host"\n')
    assert.equal(2, ask("dry-run").code)
    assert.equal(0, known())
    assert.equal(0, known("--allow", "host-network"))
    assert.equal(1, known("--allow", "host-network"))
    assert.equal(0, known())
    support.write(dir .. "/p/a.clnrm.toml", (FILE:gsub('"one"', '"{{ now_unix() }}"')))
    assert.equal(0, known("--freeze", "2020-01-01T00:00:00Z"))
    assert.equal(1, known("--freeze", "2020-01-01T00:00:00Z"))
    assert.equal(0, known("--freeze", "2021-01-01T00:00:00Z"))
    support.write(dir .. "/p/a.clnrm.toml", (FILE:gsub('"one"', '"{{ rand_hex(n=8) }}"')))
    assert.equal(0, known("--seed", "1"))
    assert.equal(1, known("--seed", "1"))
    assert.equal(0, known("--seed", "2"))
    support.write(dir .. "/p/a.clnrm.toml", FILE .. '[services.a]\nimage = "redis:7"\n')
    first()
    assert.equal(0, known("--backend", "docker"))
    assert.equal(1, known("--backend", "docker"))
  end)

  it("of list do not make a file right that a run would refuse", function()
    support.write(dir .. "/p/a.clnrm.toml", FILE .. '[services.a]\nimage = "redis:7"\n'
      .. 'network = "host"\n')
    for _ = 1, 2 do
      assert.equal(0, ask("list").code)
      assert.equal(0, ask("dry-run", "--allow", "host-network").code)
      assert.equal(2, ask("dry-run").code)
    end
  end)

  it("are of the name by which a file was asked for", function()
    first()
    assert.equal(0, known("./../p/a.clnrm.toml"))
    assert.equal(1, known("./../p/a.clnrm.toml"))
  end)

  for what, text in pairs({
    ["a time zone"] = FILE:gsub("one", "{{ 0 | date(format='%%Z', timezone='Asia/Tokyo') }}"),
    ["the time"] = FILE:gsub('"one"', '"{{ now_unix() }}"'),
    ["what is drawn"] = FILE:gsub('"one"', '"{{ uuid_v4() }}"'),
    ["a secret by its name"] = FILE:gsub('"one"', '"{{ get_env(name=\'MY_TOKEN\') }}"'),
    ["a declared secret"] = FILE .. '[secrets]\nMY_TOKEN = "MY_TOKEN"\n',
    ["a volume"] = FILE .. '[services.a]\ncommand = ["a"]\nvolumes = ["./d:/srv/d:ro"]\n',
    ["a file"] = FILE .. '[services.a]\ncommand = ["a"]\n[[services.a.files]]\npath = "/x"\n'
      .. 'from = "d/x"\n',
    ["a Dockerfile"] = FILE .. '[services.a]\nbuild = { context = "d" }\n',
    ["an image on disk"] = FILE .. '[room]\nimage = "rootfs:d"\n',
    ["a module"] = FILE .. '[services.a]\nplugin = "redis"\n',
    ["a report"] = FILE .. '[report]\njunit = "out.xml"\n',
    ["a module of hooks"] = FILE .. '[hooks]\nbefore_each = "d/h.lua"\n',
    ["a finding"] = FILE:gsub("{{ vars.user }}", "x"),
  }) do
    it("are not made of a file with " .. what, function()
      env.MY_TOKEN = "hunter22hunter22"
      support.write(dir .. "/p/d/x", "x")
      support.write(dir .. "/p/d/Dockerfile", "FROM scratch\n")
      support.write(dir .. "/p/d/h.lua", "return function() end\n")
      support.write(dir .. "/p/a.clnrm.toml", text)
      for _ = 1, 2 do
        local got = clnrm("dry-run", "-v")
        assert.matches("outlines: 0 of 1 files are as they were %(0 written%)", got.err)
        assert.equal(what == "a finding" and 2 or 0, got.code, got.err)
      end
      assert.equal("", support.sh("grep -rl hunter22 cache/clnrm/outlines", { cwd = dir }).out)
    end)
  end

  it("are not made of any file with a time zone, and of those beside it", function()
    local text = FILE:gsub("one", "{{ 0 | date(format='%%Z', timezone='Asia/Tokyo') }}")
    support.write(dir .. "/p/a.clnrm.toml", text)
    support.write(dir .. "/p/b.clnrm.toml", text) -- the zone was read for the one before
    support.write(dir .. "/p/c.clnrm.toml", (FILE:gsub("one", "{{ 0 | date(timezone='UTC') }}")))
    support.write(dir .. "/p/d.clnrm.toml", FILE)
    for _, count in ipairs({ 0, 2 }) do
      assert.matches(("outlines: %d of 4 files"):format(count), ask("dry-run", "-v").err)
    end
  end)

  it("hold no value of a variable that is a secret, nor of -D", function()
    env.OTEL_TOKEN = "hunter22hunter22"
    support.write(dir .. "/p/a.clnrm.toml", (FILE:gsub("{{ vars", "{{ token }} {{ vars")))
    for _ = 1, 2 do
      assert.matches("%(0 written%)", clnrm("dry-run", "-v").err)
    end
    support.write(dir .. "/p/a.clnrm.toml", (FILE:gsub("vars.user", "user ~ password")))
    for _ = 1, 2 do
      assert.matches("%(0 written%)", clnrm("dry-run", "-v", "-D", "password=hunter22hunter22").err)
    end
    for _ = 1, 2 do
      assert.matches("%(0 written%)",
        clnrm("dry-run", "-v", "-D", "user=redis://u:hunter22hunter22@h").err)
    end
    env.DB = "redis://u:hunter22hunter22@h"
    support.write(dir .. "/p/a.clnrm.toml", (FILE:gsub("vars.user", "vars.user ~ env(name='DB')")))
    for _ = 1, 2 do
      local got = clnrm("dry-run", "-v")
      assert.same({ 0, "0" }, { got.code, got.err:match("%((%d) written%)") })
    end
    assert.equal("", support.sh("grep -rl hunter22 cache/clnrm/outlines", { cwd = dir }).out)
  end)

  it("hold nothing that a text gives to the name of a secret", function()
    local function is_not_kept(...)
      for _ = 1, 2 do
        local got = clnrm("dry-run", "-v", ...)
        assert.same({ 0, "0" }, { got.code, got.err:match("%((%d) written%)") }, got.err)
      end
      assert.equal("", support.sh("grep -rl hunter22 cache/clnrm/outlines", { cwd = dir }).out)
    end
    for _, value in ipairs({ "Authorization: Bearer hunter22hunter22", "--password hunter22",
      "curl -H 'X-Api-Key: hunter22hunter22'", '{"token": "hunter22hunter22"}' }) do
      is_not_kept("-D", "user=" .. value:gsub('"', "'"))
      env.WORDS = value:gsub('"', "'")
      support.write(dir .. "/p/a.clnrm.toml",
        (FILE:gsub("{{ vars", "{{ env(name='WORDS') }}{{ vars")))
      is_not_kept()
      support.write(dir .. "/p/a.clnrm.toml", FILE)
    end
    for tag, vars in pairs({
      ["vars.api.password"] = 'api = { password = "hunter22" }',
      ["api.password"] = 'api = { password = "hunter22" }',
      ["vars.api.a.b"] = 'api = { a = { b = "x" }, password = "hunter22" }',
      ["vars.db_token"] = 'db_token = "hunter22"',
      ["vars.url"] = 'url = "http://ada:hunter22@h/"',
      ["vars.pins[0].password"] = "pins = [{ password = 22222222 }]",
    }) do
      local text = FILE:gsub("one", "{{ " .. tag .. " }}")
      support.write(dir .. "/p/a.clnrm.toml", (text:gsub("%[vars%]\n", "%0" .. vars .. "\n")))
      is_not_kept()
      support.write(dir .. "/p/a.clnrm.toml", text)
      support.write(dir .. "/p/clnrm.toml", "[vars]\n" .. vars .. "\n")
      is_not_kept()
      support.write(dir .. "/p/a.clnrm.toml", FILE) -- which does not use it
      assert.equal(0, known())
      assert.equal(1, known())
      support.write(dir .. "/p/clnrm.toml", "")
      support.remove(dir .. "/cache")
    end
    support.write(dir .. "/p/a.clnrm.toml", (FILE:gsub("one", "{{ matrix.key }}"))
      .. '[matrix]\nkey = ["hunter22"]\n')
    is_not_kept()
  end)

  --- A template that is compiled, so that this is kept as well.
  local function write_compiled()
    support.write(dir .. "/p/a.clnrm.toml", (FILE:gsub("one", "{{ 'one' }}")))
  end

  it("are the user's own", function()
    write_compiled()
    first()
    local modes = support.sh("find cache/clnrm/outlines -printf '%y %m\n' | sort -u", { cwd = dir })
    assert.equal("d 700\nf 600\n", modes.out)
    assert.equal(1, known())
    support.sh("chmod 620 cache/clnrm/outlines/*/* cache/clnrm/compiled/*/*", { cwd = dir })
    assert.equal(0, known()) -- each entry is looked at itself
    assert.equal(1, known())
    support.sh("chmod 777 cache/clnrm/outlines/*", { cwd = dir })
    assert.equal(0, known())
  end)

  it("are not those of somebody else, whatever folder is put in their place", function()
    if support.sh("id -u").out ~= "0\n" then
      pending("another user's file is made by root alone")
      return
    end
    write_compiled()
    first()
    support.sh("chown 12345 cache/clnrm/outlines/*/* cache/clnrm/compiled/*/*", { cwd = dir })
    local got = ask("dry-run", "-v")
    assert.matches("outlines: 0 of 1", got.err)
    assert.matches("1 compiled, 0 from disk", got.err)
    assert.equal(1, known())
    support.sh("chown 12345 cache/clnrm/outlines/* cache/clnrm/compiled/*", { cwd = dir })
    got = ask("dry-run", "-v")
    assert.matches("outlines: 0 of 1", got.err)
    assert.matches("1 compiled, 0 from disk", got.err)
  end)

  it("that are damaged, foreign or unreadable are no error", function()
    local before = first()
    local file = support.sh("ls -t cache/clnrm/outlines/*/* | head -1", { cwd = dir }).out
      :gsub("%s+$", "")
    local bytes = support.read(dir .. "/" .. file)
    for _, other in ipairs({ "", bytes:sub(1, 40), bytes:sub(1, -2), bytes .. "x",
      bytes:gsub("ada", "eva"), ("x"):rep(3 << 20) }) do
      support.sh("for f in cache/clnrm/outlines/*/*; do cp x $f; done", { cwd = dir })
      for name in support.sh("ls cache/clnrm/outlines/*/*", { cwd = dir }).out:gmatch("[^\n]+") do
        support.write(dir .. "/" .. name, other)
      end
      assert.equal(before, ask("dry-run", "--json").out)
    end
    support.write(dir .. "/elsewhere", "theirs")
    support.sh("for f in cache/clnrm/outlines/*/* cache/clnrm/compiled/*/*; do rm $f; "
      .. "ln -s $PWD/elsewhere $f; done", { cwd = dir })
    assert.equal(before, ask("dry-run", "--json").out)
    assert.equal("theirs", support.read(dir .. "/elsewhere"))
    support.sh("rm -r cache/clnrm/outlines && touch cache/clnrm/outlines", { cwd = dir })
    assert.equal(before, ask("dry-run", "--json").out)
    env.XDG_CACHE_HOME, env.HOME = "/dev/null/x", "/dev/null" -- which even root cannot make
    assert.equal(before, ask("dry-run", "--json").out)
  end)

  it("are found without openat2, too, and no link leads to them", function()
    local root = os.getenv("CLNRM_ROOT") or "."
    local function without(command)
      local filter = support.quote(root .. "/tests/tools/no_openat2.py")
      return support.sh(("python3 %s $CLNRM %s"):format(filter, command),
        { cwd = dir .. "/p", env = env })
    end
    first()
    assert.matches("outlines: 1 of 1", without("dry-run -v").err)
    support.sh("mv cache/clnrm/outlines cache/moved && ln -s ../moved cache/clnrm/outlines",
      { cwd = dir })
    assert.matches("outlines: 0 of 1", without("dry-run -v").err)
    support.write(dir .. "/p/x.lua", [[
local fs = require("core.fs")
for _, path in ipairs({ "/", "..", "../p", "../p/", "..//p//", "../cache/moved", "../none", "x.lua",
  "../cache/clnrm/outlines", "../link/p", ("x"):rep(300) }) do
  local root, err = fs.open_root(path, { nolinks = true })
  print(path:sub(1, 30), root and root:stat(".").ino == fs.stat(path).ino or err.code)
end]])
    support.sh("ln -s . link", { cwd = dir })
    local got = without("lua x.lua")
    assert.equal("", got.err)
    assert.equal("/ true|.. true|../p true|../p/ true|..//p// true|../cache/moved true|"
      .. "../none ENOENT|x.lua ENOTDIR|../cache/clnrm/outlines ENOTDIR|../link/p ENOTDIR|"
      .. ("x"):rep(30) .. " ENAMETOOLONG|", (got.out:gsub("\t", " "):gsub("\n", "|")))
  end)

  it("are told as written only where they were", function()
    assert.matches("%(1 written%)", ask("dry-run", "-v").err)
    support.sh("for f in cache/clnrm/outlines/*/*; do rm $f; mkdir $f; done", { cwd = dir })
    assert.matches("%(0 written%)", ask("dry-run", "-v").err)
    support.sh("rmdir cache/clnrm/outlines/*/*", { cwd = dir })
    local steps = {}
    for i = 1, 4000 do
      steps[i] = ('[[scenario.steps]]\nname = "%d"\ncommand = ["%s"]\n'):format(i, ("x"):rep(90))
    end
    support.write(dir .. "/p/a.clnrm.toml", '[meta]\nname = "a"\n[[scenario]]\nname = "s"\n'
      .. table.concat(steps))
    assert.matches("%(0 written%)", ask("dry-run", "-v").err) -- it is larger than an entry may be
    assert.equal("", support.sh("ls cache/clnrm/outlines/*", { cwd = dir }).out)
  end)

  it("say why none are kept: -v and doctor, as after sudo", function()
    if support.sh("id -u").out ~= "0\n" then
      pending("another user's folder is made by root alone")
      return
    end
    first()
    assert.is_nil(ask("dry-run", "-v").err:find("none are kept", 1, true))
    assert.is_nil(clnrm("doctor").out:find("cache ", 1, true))
    local as_other = "chmod 755 . p; chmod 644 p/*; setpriv --reuid 12345 --clear-groups "
    local got = support.sh(as_other .. "$CLNRM dry-run -v -C p", { cwd = dir, env = env })
    assert.matches("%(0 written%); none are kept: %S+/cache/clnrm belongs to root\n", got.err)
    got = support.sh(as_other .. "$CLNRM doctor", { cwd = dir, env = env })
    assert.matches("cache +%S+/cache/clnrm belongs to root: nothing is kept there", got.out)
    assert.matches("sudo chown %-R 12345 %S+/cache/clnrm\n", got.out)
  end)

  it("are of one build, also beside one of the same size and time", function()
    first()
    local bytes = support.read(support.clnrm)
    local _, note = bytes:find("\4\0\0\0\20\0\0\0\3\0\0\0GNU\0", 1, true)
    support.write(dir .. "/twin", bytes:sub(1, note) .. "x" .. bytes:sub(note + 2))
    support.sh("chmod +x twin && touch -r $CLNRM twin", { cwd = dir })
    for _, count in ipairs({ 0, 1 }) do
      local got = support.sh("../twin dry-run -v", { cwd = dir .. "/p", env = env })
      assert.matches(("outlines: %d of 1"):format(count), got.err)
    end
    support.sh("cp $CLNRM other",
      { cwd = dir })
    support.sh("touch -d @1 other", { cwd = dir })
    local got = support.sh("../other dry-run -v", { cwd = dir .. "/p", env = env })
    assert.matches("outlines: 0 of 1", got.err)
    assert.equal("1\n", support.sh("ls cache/clnrm/outlines | wc -l", { cwd = dir }).out)
  end)

  it("give the same answers for all examples and fixtures, in every form", function()
    local root = os.getenv("CLNRM_ROOT") or "."
    support.sh(("cp -r '%s/examples' '%s/tests/fixtures/compat' '%s/tests/fixtures/plan' . && "
      .. "find . -type f -exec touch -d '1 hour ago' {} +"):format(root, root, root), { cwd = dir })
    local function asked(options)
      return without_origin(support.sh("clnrm " .. options .. " examples compat plan",
        { cwd = dir, env = env }))
    end
    local ways = {
      "dry-run", "dry-run -q", "dry-run -v", "dry-run --json", "list", "list --json", "validate",
      "validate --json", "validate -q", "dry-run -k 'redis or a' --order random --seed 7",
      "dry-run --json --shard 1/2 --backend docker", "list --json --tag db",
    }
    for _, way in ipairs(ways) do
      local expected = asked(way .. " --no-cache")
      assert.same(expected, asked(way), way)
      assert.same(expected, asked(way), way)
    end
    local got = support.sh("clnrm dry-run -v examples compat plan 2>&1", { cwd = dir, env = env })
    local count = tonumber(got.out:match("outlines: (%d+) of"))
    assert.is_true(count >= 15, count)
    for line = 1, 20 do
      local way = ("list --json examples/steps.clnrm.toml:%d"):format(line)
      assert.same(asked(way .. " --no-cache"), asked(way), way)
    end
  end)

  it("may be made by two programs at once", function()
    for i = 1, 30 do
      support.write(("%s/p/a%d.clnrm.toml"):format(dir, i), (FILE:gsub("ada", "ada" .. i)))
    end
    local got = support.sh("for i in 1 2 3 4; do clnrm dry-run --json > $i & done; wait; "
      .. "cat 1 2 3 4 | sort -u | wc -l; clnrm dry-run -v 2>&1 >/dev/null",
      { cwd = dir .. "/p", env = env })
    assert.matches("^1\n.*outlines: 31 of 31", got.out)
    ask("dry-run", "--json")
  end)
end)
