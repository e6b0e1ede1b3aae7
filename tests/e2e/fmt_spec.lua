--- clnrm fmt as a user runs it: what is written, shown and answered; what is never touched.
local support = require("tests.e2e.support")

local json = require("core.json")
local lfs = require("lfs")
local toml = require("core.toml")

local ROUGH = 'command=["psql","-f",  "schema.sql"]\n# why\nx.y =1\n'
local SMOOTH = 'command = ["psql", "-f", "schema.sql"]\n# why\nx.y = 1\n'

describe("clnrm fmt", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/a.clnrm.toml", ROUGH)
    support.write(dir .. "/b.clnrm.toml", SMOOTH)
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function sh(command, opts)
    opts = opts or {}
    opts.cwd = dir
    return support.sh(command, opts)
  end

  local function read(name)
    return support.read(dir .. "/" .. name)
  end

  it("rewrites what is otherwise and leaves the rest untouched", function()
    assert(os.execute(("touch -d 2001-02-03 '%s/b.clnrm.toml'"):format(dir)))
    local inode = lfs.attributes(dir .. "/b.clnrm.toml", "ino")
    local got = sh("clnrm fmt")
    assert.same({ 0, "Reformatted: a.clnrm.toml\n1 file reformatted, 1 file already formatted\n",
      "" }, { got.code, got.out, got.err })
    assert.same({ SMOOTH, SMOOTH }, { read("a.clnrm.toml"), read("b.clnrm.toml") })
    assert.equal(inode, lfs.attributes(dir .. "/b.clnrm.toml", "ino"))
    assert.equal(2001, os.date("*t", lfs.attributes(dir .. "/b.clnrm.toml", "modification")).year)
    assert.equal("2 files already formatted\n", sh("clnrm fmt").out)
    assert.equal("", sh("clnrm fmt -q").out)
  end)

  it("checks without writing, and shows the difference", function()
    local got = sh("clnrm fmt --check --diff")
    assert.equal(1, got.code)
    assert.equal("--- a.clnrm.toml\n+++ a.clnrm.toml\n@@ -1,3 +1,3 @@\n"
      .. '-command=["psql","-f",  "schema.sql"]\n+command = ["psql", "-f", "schema.sql"]\n'
      .. " # why\n-x.y =1\n+x.y = 1\nWould reformat: a.clnrm.toml\n"
      .. "1 file would be reformatted, 1 file already formatted\n", got.out)
    assert.equal(0, sh("clnrm fmt --diff").code)
    assert.equal(ROUGH, read("a.clnrm.toml"))
    assert.equal(0, sh("clnrm fmt --check b.clnrm.toml").code)
  end)

  it("answers 2 for what is no TOML, leaves it, and goes on with the others", function()
    support.write(dir .. "/c.clnrm.toml", "a=[\n")
    local got = sh("clnrm fmt")
    assert.equal(2, got.code)
    assert.matches("error%[P015%][^\n]*\n *%S+ c%.clnrm%.toml:2:1", got.err)
    assert.matches("1 file in error\n$", got.out)
    assert.same({ SMOOTH, "a=[\n" }, { read("a.clnrm.toml"), read("c.clnrm.toml") })
    support.write(dir .. "/a.clnrm.toml", ROUGH)
    assert.equal(2, sh("clnrm fmt --check").code) -- 2 stands over 1
    assert.equal(2, sh("clnrm fmt nowhere.toml").code)
    local nothing = sh("mkdir empty && clnrm fmt empty")
    assert.equal(4, nothing.code)
    assert.matches("searched for [^\n]*, clnrm%.toml and%s+cleanroom%.toml\n", nothing.err)
    assert.is_nil(nothing.err:find(".lua", 1, true)) -- which it does not format
  end)

  it("leaves templates without one layout, with a note, and formats the others", function()
    local odd = "a=[\n{% if x %}\n1]\n{% endif %}\n"
    support.write(dir .. "/odd.toml.tera", odd)
    local got = sh("clnrm fmt")
    assert.equal(0, got.code)
    assert.matches("note%[F010%]: left as it is[^\n]*\n *%S+ odd%.toml%.tera:4:1", got.err)
    assert.matches("1 template left as it is", got.out)
    assert.equal(odd, read("odd.toml.tera"))
    assert.equal("", sh("clnrm fmt -q").err)
  end)

  it("leaves what other templates include, which may land in a string", function()
    local part = '{% macro kv() %}\nA=1\nB="x"\n{% endmacro %}\nC=2\n'
    support.write(dir .. "/_part.toml.tera", part)
    support.write(dir .. "/_conf.toml.tera", "C=2\n")
    support.write(dir .. "/c.clnrm.toml", '{% import "_part.toml.tera" as t %}\n[meta]\nname="c"\n'
      .. "{% macro own() %}\nD=3\n{% endmacro %}\n[room]\nfiles=[{path='/room/.env',content="
      .. "'''{{ t::kv() }}{% include \"_conf.toml.tera\" %}{{ self::own() }}'''}]\n[[steps]]\n"
      .. "name='s'\ncommand=['sh','-c','. /room/.env; echo $A$B$C$D']\nexpect.stdout='1x23\\n'\n")
    local before = toml.decode(sh("clnrm render c.clnrm.toml").out)
    local got = sh("clnrm fmt --verify")
    assert.same({ 0, "" }, { got.code, got.err })
    assert.equal("Reformatted: a.clnrm.toml\nReformatted: c.clnrm.toml\n"
      .. "2 files reformatted, 1 file already formatted\n", got.out)
    assert.same(before, toml.decode(sh("clnrm render c.clnrm.toml").out))
    got = sh("clnrm fmt _part.toml.tera _conf.toml.tera")
    assert.same({ 0, "2 templates left as they are\n" }, { got.code, got.out })
    assert.matches("note%[F010%]: left as it is: its name is none of a test file[^\n]*"
      .. "\n *%S+ _conf%.toml%.tera:1:1", got.err)
    assert.equal("C=2\n", sh("clnrm fmt --stdin-filename x/_conf.toml.tera < _conf.toml.tera").out)
    assert.equal("C = 2\n", sh("clnrm fmt - < _conf.toml.tera").out) -- a test, for all it says
    assert.same({ part, "C=2\n" }, { read("_part.toml.tera"), read("_conf.toml.tera") })
  end)

  it("formats standard input to standard output", function()
    for _, line in ipairs({ "clnrm fmt -", "clnrm fmt --stdin", "clnrm fmt --stdin-filename x" }) do
      local got = sh(line .. " < a.clnrm.toml")
      assert.same({ 0, SMOOTH, "" }, { got.code, got.out, got.err }, line)
    end
    assert.equal(SMOOTH, sh("clnrm fmt - < b.clnrm.toml").out)
    local got = sh("echo 'a = [' | clnrm fmt --stdin-filename x/y.toml")
    assert.same({ 2, "" }, { got.code, got.out })
    assert.matches("x/y%.toml:2:1", got.err)
    got = sh("clnrm fmt - --check --stdin-filename x.toml < a.clnrm.toml")
    assert.equal(1, got.code)
    assert.matches("^Would reformat: x%.toml\n", got.out)
    assert.matches("\n%+x%.y = 1\n", sh("clnrm fmt - --diff < a.clnrm.toml").out)
    got = sh("printf 'a = [\\n{%% if x %%}\\n1]\\n{%% endif %%}\\n' | clnrm fmt -")
    assert.same({ 0, "a = [\n{% if x %}\n1]\n{% endif %}\n" }, { got.code, got.out })
    assert.equal(2, sh("clnrm fmt - a.clnrm.toml").code)
  end)

  it("formats a range of lines", function()
    assert.equal(0, sh("clnrm fmt --range 2:3 a.clnrm.toml").code)
    assert.equal('command=["psql","-f",  "schema.sql"]\n# why\nx.y = 1\n', read("a.clnrm.toml"))
    assert.equal(2, sh("clnrm fmt --range 2:3").code)
    assert.equal(2, sh("clnrm fmt --range 3:2 a.clnrm.toml").code)
    assert.equal(2, sh("clnrm fmt --range 1 a.clnrm.toml").code)
    assert.equal(0, sh("clnrm fmt --range 3:99 a.clnrm.toml").code)
  end)

  it("writes no text elsewhere when it writes none", function()
    for _, option in ipairs({ "--check", "--diff" }) do
      local got = sh(("clnrm fmt %s -o out.toml a.clnrm.toml"):format(option))
      assert.equal(2, got.code)
      assert.is_truthy(got.err:find(option .. " writes no text, so --output has nothing to write",
        1, true), got.err)
      assert.equal(2, sh(("clnrm fmt - %s -o - < a.clnrm.toml"):format(option)).code)
    end
    assert.is_nil(read("out.toml"))
  end)

  it("says that the lines of --range are not there, and writes nothing", function()
    local told = "error: --range begins at line 4, and %s has 3 lines\n"
    local got = sh("clnrm fmt --range 4:10 - <<'E'\n" .. ROUGH .. "E")
    assert.same({ 2, "", told:format("standard input") }, { got.code, got.out, got.err })
    got = sh("clnrm fmt --range 4:4 a.clnrm.toml")
    assert.same({ 2, "1 file in error\n", told:format("a.clnrm.toml") },
      { got.code, got.out, got.err })
    got = sh("clnrm fmt --range 4:4 -o out a.clnrm.toml")
    assert.same({ 2, told:format("a.clnrm.toml") }, { got.code, got.err })
    assert.is_nil(read("out"))
  end)

  it("writes elsewhere when asked", function()
    assert.equal(SMOOTH, sh("clnrm fmt a.clnrm.toml -o -").out)
    assert.equal(0, sh("clnrm fmt a.clnrm.toml -o out.toml").code)
    assert.same({ ROUGH, SMOOTH }, { read("a.clnrm.toml"), read("out.toml") })
    assert.equal(2, sh("clnrm fmt -o out.toml").code)
    assert.equal(2, sh("clnrm fmt a.clnrm.toml -o nowhere/x").code)
    assert.equal(SMOOTH, sh("clnrm fmt a.clnrm.toml -o /dev/stdout").out)
  end)

  it("replaces by -o neither what it formats nor the settings", function()
    support.write(dir .. "/clnrm.toml", "")
    for _, command in ipairs({ "a.clnrm.toml -o a.clnrm.toml", "a.clnrm.toml -o ./clnrm.toml",
      "- -o clnrm.toml < a.clnrm.toml" }) do
      local got = sh("clnrm fmt " .. command)
      assert.equal(2, got.code, command)
      assert.matches("would replace what this command reads", got.err)
    end
    assert.same({ "", ROUGH }, { read("clnrm.toml"), read("a.clnrm.toml") })
  end)

  it("tells machines in JSON", function()
    support.write(dir .. "/c.clnrm.toml", "a=[\n")
    local got = sh("clnrm fmt --check -f json")
    local data = assert(json.decode(got.out))
    assert.equal("clnrm.fmt/1", data.schema)
    assert.same({
      { file = "a.clnrm.toml", status = "changed" },
      { file = "b.clnrm.toml", status = "unchanged" },
      { file = "c.clnrm.toml", status = "error" },
    }, data.files)
    assert.equal("P015", data.diagnostics[1].code)
  end)

  it("tells machines the difference of each file that would change, in one document", function()
    local patch = sh("clnrm fmt --diff a.clnrm.toml").out:match("^(.-)Differs: ")
    for command, name in pairs({
      ["clnrm fmt --diff -f json"] = "a.clnrm.toml",
      ["clnrm fmt --diff -f json --stdin-filename x.clnrm.toml <a.clnrm.toml"] = "x.clnrm.toml",
    }) do
      local got = sh(command)
      local data = assert(json.decode(got.out))
      assert.equal(0, got.code)
      assert.same({ file = name, status = "changed", diff = patch:gsub("a.clnrm.toml", name) },
        data.files[1])
      assert.is_nil(data.files[2] and data.files[2].diff) -- it would stay as it is
    end
    assert.equal(ROUGH, read("a.clnrm.toml"))
  end)

  it("keeps the mode, the owner and links of a file", function()
    assert(os.execute(("cd '%s' && mkdir sub && mv a.clnrm.toml sub/real.toml"
      .. " && chmod 640 sub/real.toml && ln -s sub/real.toml a.clnrm.toml"
      .. " && touch clnrm.toml"):format(dir)))
    local owner = sh("id -u").out == "0\n" and "1234:2345" or sh("stat -c %u:%g sub/real.toml").out
    sh("chown " .. owner .. " sub/real.toml")
    assert.equal(0, sh("clnrm fmt a.clnrm.toml").code)
    assert.equal(SMOOTH, read("sub/real.toml"))
    assert.equal("symbolic link 640 " .. owner:gsub("\n", "") .. "\n",
      sh("printf '%s ' \"$(stat -c %F a.clnrm.toml)\"; stat -c '%a %u:%g' sub/real.toml").out)
    assert.equal("sub/real.toml\n", sh("readlink a.clnrm.toml").out)
    assert.equal("", sh("ls -A sub | grep clnrm-; true").out) -- no temporary file is left
  end)

  it("does not write through a link that leads out of the project", function()
    support.write(dir .. "/else/real.toml", ROUGH)
    support.write(dir .. "/p/clnrm.toml", "")
    assert(os.execute(("ln -s ../else/real.toml '%s/p/a.clnrm.toml'"):format(dir)))
    local got = sh("clnrm fmt p")
    assert.equal(2, got.code)
    assert.matches("leads out of the project", got.err)
    assert.equal(ROUGH, read("else/real.toml"))
    assert.equal(0, sh("clnrm fmt else/real.toml").code)
    assert.equal(SMOOTH, read("else/real.toml"))
  end)

  it("tells of a file that it cannot write, and leaves it", function()
    local as = sh("id -u").out == "0\n"
      and "setpriv --reuid 1234 --regid 1234 --clear-groups " or ""
    sh("chmod 755 . && mkdir ro && mv a.clnrm.toml ro && chmod 555 ro")
    local got = sh(as .. '"$CLNRM" fmt ro')
    assert.equal(ROUGH, read("ro/a.clnrm.toml"))
    assert.equal(2, got.code)
    assert.matches("cannot be written", got.err)
  end)

  it("follows the settings of the project", function()
    support.write(dir .. "/a.clnrm.toml", "a=1 # x\nlong=[1111111, 2222222]\n")
    support.write(dir .. "/clnrm.toml", "[fmt]\nwidth = 20\nindent = 4\nalign = true\n")
    assert.equal("a    = 1 # x\nlong = [\n    1111111,\n    2222222,\n]\n",
      sh("clnrm fmt - < a.clnrm.toml").out)
    assert.equal("a    = 1 # x\nlong = [1111111, 2222222]\n",
      sh("CLNRM_FMT_WIDTH=60 clnrm fmt - < a.clnrm.toml").out)
    assert.equal("a = 1 # x\nlong = [\n1111111,\n2222222,\n]\n",
      sh("CLNRM_FMT_ALIGN=0 CLNRM_FMT_INDENT=0 clnrm fmt - < a.clnrm.toml").out)
    support.write(dir .. "/clnrm.toml", "[fmt]\nwidth = 5\n")
    assert.equal(2, sh("clnrm fmt").code)
  end)

  it("formats clnrm.toml, and looks where .gitignore lets it", function()
    support.write(dir .. "/clnrm.toml", "[cli]\njobs=1\n")
    support.write(dir .. "/out/x.clnrm.toml", ROUGH)
    support.write(dir .. "/.gitignore", "out\n")
    assert.equal(0, sh("clnrm fmt").code)
    assert.same({ "[cli]\njobs = 1\n", ROUGH }, { read("clnrm.toml"), read("out/x.clnrm.toml") })
  end)

  it("runs no code of the project, and formats no Lua", function()
    local code = 'io.open("ran", "w"):close()\n'
    support.write(dir .. "/t.clnrm.lua", code)
    support.write(dir .. "/.clnrm/override/engine/fmt.lua", code)
    support.write(dir .. "/.clnrm/override/engine/fmt/init.lua", code)
    support.write(dir .. "/.clnrm/override/engine/cli/fmt.lua", code)
    support.write(dir .. "/lint/x.lua", code)
    assert.equal(0, sh("clnrm fmt").code)
    assert.is_nil(read("ran"))
    assert.equal(code, read("t.clnrm.lua"))
    local got = sh("clnrm fmt t.clnrm.lua")
    assert.equal(2, got.code)
    assert.matches("not a file that is formatted", got.err)
    assert.equal(2, sh("clnrm fmt --lua").code)
  end)
end)
