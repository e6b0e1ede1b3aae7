--- clnrm render as a user runs it: the text that run gets, its variables, its lines, its secrets.
local json = require("core.json")
local support = require("tests.e2e.support")

local MACROS = [==[
{% macro step(word) -%}
[[steps]]
name = "say {{ word }}"
command = ["echo", "{{ word }}"]
expect.stdout.equals = "{{ word }}\n"
{%- endmacro %}
]==]

local FILE = [==[
{% import "_steps.toml.tera" as steps %}
[meta]
name = "{{ svc }} in {{ region }}"

[vars]
words = ["one", "two"]
region = "eu"

{% for word in words -%}
{{ steps::step(word=word) }}
{% endfor %}
]==]

local RENDERED = [==[
[meta]
name = "clnrm in eu"

[vars]
words = ["one", "two"]
region = "eu"

[[steps]]
name = "say one"
command = ["echo", "one"]
expect.stdout.equals = "one\n"
[[steps]]
name = "say two"
command = ["echo", "two"]
expect.stdout.equals = "two\n"

]==]

local MATRIX = '[meta]\nname = "m"\n[matrix]\ndb = ["pg", "my"]\nos = ["a", "b"]\n'
  .. '[[steps]]\nname = "s"\ncommand = ["echo", "{{ db }} {{ os }}"]\n'

describe("clnrm render", function()
  local dir, env

  before_each(function()
    dir = support.tempdir()
    env = { XDG_CACHE_HOME = dir .. "/cache", XDG_STATE_HOME = dir .. "/state" }
    support.write(dir .. "/_steps.toml.tera", MACROS)
    support.write(dir .. "/a.clnrm.toml", FILE)
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function sh(command, more)
    local all = setmetatable(more or {}, { __index = env })
    for name, value in pairs(env) do
      all[name] = all[name] or value
    end
    return support.sh(command, { cwd = dir, env = all })
  end

  local function write(name, text)
    support.write(dir .. "/" .. name, text)
  end

  it("writes the text that run gets, and nothing else", function()
    local got = sh("clnrm render a.clnrm.toml")
    assert.same({ 0, RENDERED, "" }, { got.code, got.out, got.err })
    assert.same({ 0, "" }, { sh("clnrm render a.clnrm.toml -o sub.clnrm.toml").code,
      sh("clnrm render a.clnrm.toml -o sub.clnrm.toml").out })
    assert.equal(RENDERED, support.read(dir .. "/sub.clnrm.toml"))
    local function ran(file)
      local seen = {}
      for line in sh("clnrm run -f events -D region=ap " .. file).out:gmatch("[^\n]+") do
        local e = json.decode(line)
        if e.event == "scenario_begin" or e.event == "output" or e.event == "scenario_end" then
          seen[#seen + 1] = e.verdict or e.name or e.text
        end
      end
      return seen
    end
    sh("clnrm render a.clnrm.toml -D region=ap -o sub.clnrm.toml")
    assert.same({ "clnrm in ap", "one\n", "two\n", "pass" }, ran("a.clnrm.toml"))
    assert.same({ "clnrm in ap", "one\n", "two\n", "pass" }, ran("sub.clnrm.toml"))
  end)

  it("reads standard input, whose templates are found from here", function()
    local got = sh("clnrm render - < a.clnrm.toml")
    assert.same({ 0, RENDERED, "" }, { got.code, got.out, got.err })
    assert.equal("x = 1\n", sh("echo 'x = {{ n }}' | clnrm render - -D n=1").out)
  end)

  it("leaves a text without tags as it is", function()
    write("plain.toml", "a=1 # b\r\n[ c ]\n")
    assert.equal("a=1 # b\r\n[ c ]\n", sh("clnrm render plain.toml").out)
    write("empty.toml", "")
    local got = sh("clnrm render empty.toml")
    assert.same({ 0, "" }, { got.code, got.out })
  end)

  it("refuses what is not one file of tags, by name", function()
    write("b.clnrm.toml", "a = 1\n")
    write("c.clnrm.lua", "")
    local cases = {
      [""] = "render needs a file", ["a.clnrm.toml b.clnrm.toml"] = "render takes one file",
      ["."] = "render takes one file, and there are 3 in %.",
      ["no.toml"] = "E001",
      ["c.clnrm.lua"] = "tests in Lua have no tags",
      ["a.clnrm.toml -o no/where"] = "cannot be written",
      ["a.clnrm.toml --check -o x"] = "%-%-check writes no text",
      ["a.clnrm.toml --show-vars -o -"] = "go to standard output",
      ["a.clnrm.toml --json -o x"] = "%-%-output is for the text",
      ["- --vars - < a.clnrm.toml"] = "both read from standard input",
    }
    for args, message in pairs(cases) do
      local got = sh("clnrm render " .. args)
      assert.equal(args:find("no/where") and 6 or 2, got.code, args)
      assert.matches(message, got.err, 1, false, args)
      assert.equal("", got.out, args)
    end
    sh("mkdir d; cp _steps.toml.tera a.clnrm.toml d")
    assert.equal(RENDERED, sh("clnrm render d").out)
  end)

  it("wants the name of a cell where there are several", function()
    write("m.clnrm.toml", MATRIX)
    local got = sh("clnrm render m.clnrm.toml")
    assert.same({ 2, "" }, { got.code, got.out })
    assert.matches("4 cells.*clnrm render 'm.clnrm.toml%[db=pg,os=a%]'.*cells: db=pg,os=a; ",
      got.err)
    assert.matches("echo\", \"my b\"", sh("clnrm render 'm.clnrm.toml[os=b,db=my]'").out)
    assert.equal(2, sh("clnrm render 'm.clnrm.toml[db=my]'").code)
    assert.matches("R014", sh("clnrm render 'm.clnrm.toml[db=x]'").err)
    local all = assert(json.decode(sh("clnrm render m.clnrm.toml --json -D os=c").out))
    assert.same({ 4, "db=my,os=b" }, { #all.cells, all.cells[4].cell })
    assert.matches("my c", all.cells[4].text)
  end)

  it("shows each variable with what gave it, by its rank", function()
    write("clnrm.toml", "[vars]\nwho = 'project'\nsvc = 'project'\n")
    write("v.toml", "who = 'vars file'\nlist = [1, { a = 2 }]\n")
    write("m.clnrm.toml", "[vars]\nwho = 'file'\nn = 1\n" .. MATRIX
      .. "# {{ who }} {{ svc }} {{ env }} {{ n }} {{ env(name='HERE') }} {{ env(name='GONE') }}\n")
    local got = sh("clnrm render 'm.clnrm.toml[db=pg,os=a]' --show-vars --vars v.toml -D db=x "
      .. "-D n=7", { ENV = "stage", HERE = "yes" })
    assert.equal(0, got.code, got.err)
    local rows = {}
    for name, value, from in got.out:gmatch("(%S+) +(%S.-)  +(%S[^\n]*)\n") do
      rows[name] = value .. " | " .. from
    end
    assert.equal('"vars file" | --vars v.toml, over [vars], [vars] of the project', rows.who)
    assert.equal('"x" | -D, over the cell', rows.db)
    assert.matches('who +"me" +%-D, over %-%-vars, %[vars%]', sh("clnrm render --show-vars "
      .. "'m.clnrm.toml[db=pg,os=a]' --vars v.toml -D who=me -D n=7").out)
    assert.equal('"a" | the cell', rows.os)
    assert.equal("7 | -D, over [vars]", rows.n)
    assert.equal('"project" | [vars] of the project, over default', rows.svc)
    assert.equal('"stage" | environment: ENV, over default', rows.env)
    assert.equal('[1, { a = 2 }] | --vars v.toml (used nowhere)', rows.list)
    assert.equal('"yes" | environment', rows["env(HERE)"])
    assert.equal("- | not set", rows["env(GONE)"])
    local data = json.decode(sh("clnrm render a.clnrm.toml --show-vars --json -D region=ap").out)
    local region = data.cells[1].variables[6]
    assert.same({ "region", "ap", "define", { "vars" }, true }, { region.name, region.value,
      region.giver, { table.unpack(region.over) }, region.used })
  end)

  it("shows variables also when the text cannot be made", function()
    write("a.clnrm.toml", '[vars]\nwho = "x"\n[meta]\nname = "{{ who }} {{ hwo }}"\n')
    local got = sh("clnrm render a.clnrm.toml --show-vars")
    assert.equal(2, got.code)
    assert.matches('who +"x" +%[vars%]', got.out)
    assert.matches("R002.*`hwo` is not defined.*did you mean `who`", got.err)
    assert.equal("", sh("clnrm render a.clnrm.toml").out)
    assert.equal("", sh("clnrm render a.clnrm.toml -o x.toml").out)
    assert.is_nil(support.read(dir .. "/x.toml"))
  end)

  it("shows lines beside where they came from, in ASCII where nothing else can be read", function()
    local got = sh("clnrm render a.clnrm.toml --line-map -D 'words=[\"a\"]'", { LANG = "C" })
    assert.matches("\n 2| a%.clnrm%.toml:3 +name = \"clnrm in eu\"  <%- {{ svc }} {{ region }}\n",
      got.out)
    assert.matches("\n 9| _steps%.toml%.tera:3 < a%.clnrm%.toml:10  name = \"say a\"", got.out)
    assert.is_nil(got.out:find("[\128-\255]"))
    assert.equal(0, sh("clnrm render a.clnrm.toml --line-map -o x.toml").code)
    assert.equal(RENDERED, support.read(dir .. "/x.toml"))
    local data = json.decode(sh("clnrm render a.clnrm.toml --line-map --json").out)
    local line = data.cells[1].lines[9]
    assert.same({ 9, "_steps.toml.tera", 3, "a.clnrm.toml", 10, 'name = "say one"' }, {
      line.number, line.file, line.line, line.via[1].file, line.via[1].line, line.text })
  end)

  it("tells of a matrix that an include writes, which has no cells", function()
    write("_m.toml", "[matrix]\nport = ['1', '2']\n")
    write("a.clnrm.toml", "[meta]\nname = 'a'\n{% include '_m.toml' %}")
    for _, command in ipairs({ "render", "render --line-map", "validate", "list", "run" }) do
      local got = sh(("clnrm %s a.clnrm.toml"):format(command))
      assert.equal(2, got.code, command)
      assert.matches("error[R004]: [matrix] is read before the tags", got.out .. got.err, 1, true)
      assert.matches("a.clnrm.toml:3:1", got.out .. got.err, 1, true)
    end
  end)

  it("writes what is no TOML, and tells where it came from", function()
    write("a.clnrm.toml", "{% set v = '[1' %}\n\na = {{ v }}\nb = 2\n")
    local got = sh("clnrm render a.clnrm.toml")
    assert.same({ 2, "\n\na = [1\nb = 2\n" }, { got.code, got.out })
    assert.matches("error%[P%d+%].*a%.clnrm%.toml:[34]:", got.err)
    local checked = sh("clnrm render --check a.clnrm.toml")
    assert.same({ 2, "" }, { checked.code, checked.out })
    write("page.html.tera", "<p>{{ svc }}</p>\n")
    assert.same({ 0, "<p>clnrm</p>\n" }, { sh("clnrm render page.html.tera").code,
      sh("clnrm render page.html.tera").out })
    assert.equal(2, sh("clnrm render --check page.html.tera").code)
    write("bad.clnrm.toml", "a = '\xff'\n")
    assert.matches("bad%.clnrm%.toml:1:", sh("clnrm render bad.clnrm.toml").err)
  end)

  it("draws the same with the seed that it tells", function()
    write("a.clnrm.toml", 'a = "{{ uuid_v4() }}"\n')
    local got = sh("clnrm render a.clnrm.toml")
    local seed = got.err:match("^note: drawn with %-%-seed (%d+)\n$")
    assert.equal(got.out, sh("clnrm render a.clnrm.toml --seed " .. seed).out)
    assert.equal("", sh("clnrm render -q a.clnrm.toml").err)
    assert.equal("", sh("clnrm render a.clnrm.toml --seed 1").err)
  end)

  it("keeps secrets out of all that it writes", function()
    write("s.clnrm.toml", 'secrets = ["DB_PASSWORD"]\na = "{{ env(name=\'DB_PASSWORD\') }}"\n'
      .. 'b = "{{ env(name=\'API_KEY\') }} {{ token }} {{ env(name=\'PLAIN\') }}"\n'
      .. 'c = "{{ my_secret }}"\n')
    local all = { DB_PASSWORD = "open sesame", API_KEY = "k-12345", OTEL_TOKEN = "t-98765",
      PLAIN = "seen" }
    local function clean(got)
      for _, value in ipairs({ "sesame", "k-12345", "t-98765" }) do
        assert.is_nil((got.out .. got.err):find(value, 1, true), got.out)
      end
      return got
    end
    local got = clean(sh("clnrm render s.clnrm.toml -D my_secret=typed", all))
    assert.equal('secrets = ["DB_PASSWORD"]\na = "***"\nb = "*** *** seen"\nc = "typed"\n', got.out)
    assert.equal("note: secrets are written as ***; `run` gets their values\n", got.err)
    got = clean(sh("clnrm render s.clnrm.toml --show-vars -D my_secret=typed", all))
    assert.matches('token +"%*%*%*" +environment: OTEL_TOKEN', got.out)
    assert.matches('my_secret +"%*%*%*" +%-D', got.out)
    got = clean(sh("clnrm render s.clnrm.toml --show-vars -D my_secret=typed "
      .. "-D endpoint=https://u:sesame@h/", all))
    assert.matches('endpoint +"https://u:%*%*%*@h/" +%-D', got.out)
    assert.matches('env%(API_KEY%) +"%*%*%*"', got.out)
    clean(sh("clnrm render s.clnrm.toml --line-map -D my_secret=x -o out.toml", all))
    assert.is_nil(support.read(dir .. "/out.toml"):find("sesame", 1, true))
    local data = json.decode(clean(sh("clnrm render s.clnrm.toml --show-vars --line-map --json "
      .. "-D my_secret=x", all)).out)
    assert.is_true(data.cells[1].masked)
  end)

  it("masks secrets that filters write in another way", function()
    local value = "Open/se5ame-über"
    for filter, want in pairs({ upper = "***", lower = "***", title = "***", capitalize = "***",
      urlencode_strict = "***", json_encode = [["***"]], toml_encode = [["***"]], slug = "***",
      camel = "***", escape = "***", ["truncate(length=6)"] = "***…" }) do
      write("s.clnrm.toml", ("a = '{{ env(name=\"API_KEY\") | %s }}'\n"):format(filter))
      for _, option in ipairs({ "", " --json" }) do
        local got = sh("clnrm render s.clnrm.toml" .. option, { API_KEY = value })
        local text = option == "" and got.out or json.decode(got.out).cells[1].text
        assert.equal(("a = '%s'\n"):format(want), text)
        assert.is_nil(got.out:lower():find("open", 1, true))
      end
    end
  end)

  it("fits into a narrow screen", function()
    for _, view in ipairs({ "--show-vars", "--line-map" }) do
      local got = sh(("clnrm render a.clnrm.toml -D 'region=%s' %s"):format(("long "):rep(30),
        view), { COLUMNS = "60" })
      assert.equal(0, got.code, got.err)
      assert.matches("…[^\n]*long", got.out)
      for line in got.out:gmatch("[^\n]+") do
        assert.is_true(require("core.text").width(line) <= 60, line)
      end
    end
    local got = sh("clnrm render a.clnrm.toml", { COLUMNS = "20" })
    assert.equal(RENDERED, got.out) -- the text itself is never cut
  end)

  it("sees a changed environment at once, whatever is kept", function()
    write("a.clnrm.toml", support.HELLO .. "# {{ env(name='WHERE') }} {{ get_env(name='WHERE') }} "
      .. "{{ svc -}}\n") -- no plain one: it is compiled
    local function shown(where, options)
      local got = sh("clnrm render -v a.clnrm.toml " .. (options or ""),
        { WHERE = where, SERVICE_NAME = where })
      return got.out:match("# ([^\n]*)"), got.err
    end
    assert.equal("one one one", shown("one"))
    local text, told = shown("two")
    assert.equal("two two two", text)
    assert.matches("templates: 0 compiled, 1 from disk", told)
    for _, where in ipairs({ "x", "y" }) do
      local ran = sh("clnrm run -v -D svc=z a.clnrm.toml && clnrm lint a.clnrm.toml",
        { WHERE = where })
      assert.equal(0, ran.code, ran.out)
      assert.matches("templates: 0 compiled, 1 from disk", ran.err)
    end
    text, told = shown("three", "--no-cache")
    assert.equal("three three three", text)
    assert.matches("templates: 1 compiled, 0 from disk", told)
  end)

  it("keeps nothing on disk where the project replaces a part of what compiles", function()
    write("a.clnrm.toml", support.HELLO .. "# {{ svc }}\n")
    write("clnrm.toml", "")
    sh("clnrm run a.clnrm.toml")
    write(".clnrm/override/engine/template/emit.lua",
      'return require("builtin.engine.template.emit")\n')
    for _ = 1, 2 do
      local got = sh("clnrm run -v a.clnrm.toml")
      assert.equal(0, got.code, got.err)
      assert.matches("templates: 1 compiled, 0 from disk %(0 written", got.err)
    end
  end)
end)

describe("what templates read from variables named like secrets", function()
  local SECRET = "s3cr3t-value"
  local dir

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    support.remove(dir)
  end)

  --- Runs a command on a file; nothing that it prints has the secret.
  local function hidden(command, text)
    support.write(dir .. "/a.clnrm.toml", text)
    local got = support.sh("clnrm " .. command .. " a.clnrm.toml", { cwd = dir,
      env = { API_KEY = SECRET, XDG_STATE_HOME = dir .. "/state" } })
    assert.is_nil((got.out .. got.err):find(SECRET, 1, true), got.out .. got.err)
    return got
  end

  it("is masked in what a run tells", function()
    local got = hidden("run", '[meta]\nname = "key {{ env(name=\'API_KEY\') }}"\n[[steps]]\n'
      .. 'name = "s"\ncommand = ["echo", "{{ env(name=\'API_KEY\') }}"]\n'
      .. 'expect.stdout.equals = "other"\n')
    assert.matches("key %*%*%*", got.out)
    assert.matches("seen%).*%*%*%*", got.out)
  end)

  it("is masked where the text of another variable speaks of it", function()
    for _, words in ipairs({ "--password s3cr3t-value", "http://ada:s3cr3t-value@h/",
      "Authorization: Bearer s3cr3t-value" }) do
      support.write(dir .. "/a.clnrm.toml", '[meta]\nname = "a"\n[[steps]]\nname = "s"\n'
        .. "command = \"echo '{{ env(name='WORDS') }}'; exit 1\"\n")
      for _, command in ipairs({ "run", "run --json", "dry-run --json", "list", "render",
        "render --show-vars", "render --line-map" }) do
        local got = support.sh("clnrm " .. command .. " a.clnrm.toml", { cwd = dir,
          env = { WORDS = words, XDG_STATE_HOME = dir .. "/state" } })
        assert.is_nil((got.out .. got.err):find(SECRET, 1, true), command .. got.out .. got.err)
        assert.matches("%S", got.out)
      end
      assert.equal("", support.sh("grep -rl s3cr3t-value state", { cwd = dir }).out)
    end
  end)

  it("is masked where a diagnostic quotes it", function()
    for _, command in ipairs({ "run", "validate", "lint", "list", "render" }) do
      local got = hidden(command, '[meta]\nname = "a"\n[[steps]]\nname = "s"\ncommand = "true"\n'
        .. "timeout = {{ env(name='API_KEY') }}\n")
      assert.equal(2, got.code, command)
      assert.matches("env%(name='API_KEY'%)", got.out .. got.err)
    end
    local got = hidden("validate", '[meta]\nname = "a"\n[[steps]]\nname = "s"\ncommand = "true"\n'
      .. "timeout = '{{ env(name='API_KEY') }}'\n")
    assert.matches("`env%(name='API_KEY'%)` is `%*%*%*`", got.err)
  end)
end)
