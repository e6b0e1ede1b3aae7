--- clnrm lsp: hover, completion, definitions and symbols, as an editor asks for them.
local json = require("core.json")
local lsp = dofile("tests/e2e/lsp_client.lua")
local support = lsp.support

local FILE = "a.clnrm.toml"
local TEXT = [==[
[meta]
name = "all"
[vars]
who = "x"
[services.db]
plugin = "redis"
[services.web]
command = "serve"
depends_on = ["db"]
[[steps]]
name = "first"
command = ["ls"]
[[scenario]]
name = "deep"
[[scenario.steps]]
name = "inner"
command = ["ls"]
[[steps]]
name = "second"
]==]

describe("clnrm lsp", function()
  local client

  before_each(function()
    client = lsp.start({ capabilities = { textDocument = {
      hover = { contentFormat = json.array({ "markdown" }) },
      documentSymbol = { hierarchicalDocumentSymbolSupport = true },
    } } })
  end)

  after_each(function()
    client:finish()
  end)

  --- Opens a text whose cursor is `¦` and asks about that place.
  local function ask(method, text, file)
    local before, after = text:match("^(.-)¦(.*)$")
    client:open(file or FILE, before .. after)
    local _, line = before:gsub("\n", "")
    return client:ask(method, file or FILE, line, utf8.len(before:match("[^\n]*$")))
  end

  --- What completion offers, by label; and the first item.
  local function offered(text, file)
    local got = ask("completion", text, file)
    local set = {}
    for _, item in ipairs(got ~= json.null and got.items or {}) do
      set[item.label] = item
    end
    return set, got ~= json.null and got.items[1]
  end

  local function hover(text, file)
    local got = ask("hover", text, file)
    return got ~= json.null and got.contents.value or nil, got
  end

  describe("completes", function()
    it("the keys of a table that are not there yet", function()
      local set = offered(TEXT .. "de¦")
      assert.is_nil(set.name)
      local item = set.depends_on
      assert.equal("depends_on = ", item.textEdit.newText)
      assert.same({ start = { line = 19, character = 0 }, ["end"] = { line = 19, character = 2 } },
        item.textEdit.range)
      assert.matches("Names of steps that must have passed", item.documentation.value)
      assert.equal("expect.", set.expect.textEdit.newText)
    end)

    it("keys behind a point, in inline tables and in the tables of others", function()
      assert.is_table(offered(TEXT .. "expect.st¦").stdout)
      assert.is_table(offered(TEXT .. "expect = { stdout = { con¦ } }").contains)
      assert.is_nil(offered(TEXT .. 'expect = { stdout = { contains = "a", ¦ } }').contains)
      assert.is_table(offered("[services.db]\nplugin = \"redis\"\npa¦\n").password)
      assert.is_nil(offered("[services.db]\npa¦\n").password)
    end)

    it("headers, by their brackets", function()
      local set = offered(TEXT .. "[[¦")
      assert.is_table(set.scenario)
      assert.is_nil(set.room)
      assert.is_table(offered(TEXT .. "[¦").room)
      assert.is_table(offered("[[scenario]]\n[[scenario.¦]]").steps)
      assert.is_table(offered(TEXT .. "[services.¦").web)
      assert.is_table(offered("¦")["[[steps]]"])
    end)

    it("words, switches and samples", function()
      local set, first = offered('[room]\nproject = "¦"\n')
      assert.is_table(set['"copy"'])
      assert.same({ 10, 12 }, { first.textEdit.range.start.character,
        first.textEdit.range["end"].character })
      assert.is_table(offered(TEXT .. "should_fail = ¦")["true"])
      assert.is_table(offered(TEXT .. "timeout = ¦")['"5s"'])
    end)

    it("the names of services, steps and modules", function()
      local set = offered(TEXT .. "service = ¦")
      assert.is_table(set['"db"'])
      assert.is_table(set['"web"'])
      set = offered(TEXT .. 'depends_on = ["¦"]')
      assert.is_table(set['"first"'])
      assert.is_nil(set['"second"']) -- itself
      assert.is_nil(set['"inner"']) -- of another list
      assert.is_table(offered('[services.db]\nplugin = "¦"\n')['"redis"'])
    end)

    it("names that an open quote hides, from the text before it", function()
      client:open(FILE, TEXT)
      client:diagnostics(FILE)
      client:ask("documentSymbol", FILE)
      client:change(FILE, '[[steps]]\nservice = ""\nstdin = """\n' .. TEXT)
      local got = client:ask("completion", FILE, 1, 11)
      local labels = {}
      for _, item in ipairs(got.items) do
        labels[item.label] = true
      end
      assert.is_true(labels['"db"'])
    end)

    it("what tags can call, and files and macros", function()
      support.write(client.dir .. "/_m.toml.tera", "{% macro one(a, b=1) %}{% endmacro one %}\n")
      assert.equal("fake_name(", offered('x = "{{ fak¦"').fake_name.textEdit.newText)
      assert.is_table(offered('x = "{{ 1 | upp¦ }}"').upper)
      assert.is_table(offered("{% if a is ¦ %}").defined)
      assert.is_table(offered("{% inc¦ %}").include)
      assert.is_table(offered('{% include "¦" %}')["_m.toml.tera"])
      local set = offered('{% import "_m.toml.tera" as m %}{{ m::¦ }}')
      assert.equal("one(", set.one.textEdit.newText)
      assert.is_table(offered(TEXT .. 'x = "{{ vars.¦ }}"').who)
      assert.is_nil(offered(TEXT .. 'x = "{# fak¦ #}"').fake_name)
    end)

    it("the arguments of what is called, and kinds of fake data", function()
      local set = offered('x = "{{ rand_hex(¦) }}"')
      assert.equal("n=", set.n.textEdit.newText)
      assert.equal("default 16", set.n.detail)
      assert.is_table(set.seed)
      assert.is_nil(set.fake)
      set = offered('x = "{{ rand_hex(n=8, s¦) }}"')
      assert.is_table(set.seed)
      assert.is_nil(set.n) -- it is there
      assert.is_table(offered('x = "{{ rand_hex(n=¦) }}"').fake) -- an expression
      assert.equal("city", offered("x = '{{ fake(kind=\"¦\") }}'").city.textEdit.newText)
      assert.equal("city", offered("x = '{{ fake(kind=\"ci¦\") }}'").city.textEdit.newText)
      assert.equal('"city"', offered("x = '{{ fake(kind=¦) }}'").city.textEdit.newText)
      assert.is_table(offered("x = '{{ fake(kind=\"password\", ¦) }}'").max)
      assert.is_nil(offered("x = '{{ fake(kind=\"city\", ¦) }}'").max)
      assert.is_table(offered('x = "{{ 1 | truncate(¦) }}"').length)
      set = offered('{% import "_macros.toml.tera" as m %}{{ m::span(¦) }}')
      assert.is_table(set.name)
      for _, text in ipairs({ "{{ env(name='¦') }}", "{{ env(name='a |¦') }}",
        "{{ 'rand_hex(¦" }) do
        assert.same({}, (offered(text)), text)
      end
      assert.is_table(offered("{% if a is containing(¦) %}").fake)
      assert.is_table(offered("{% if not (¦) %}").fake)
      assert.is_table(offered("{{ pick(list=[¦]) }}").fake)
    end)

    it("the generators of [property.gen]", function()
      for _, text in ipairs({ 'n = "¦"', 'n = { kind = "¦" }', 'n = { kind = "list", of = "¦" }',
        'n = { kind = "table", of = { a = "¦" } }' }) do
        local set = offered("[property.gen]\n" .. text .. "\n")
        assert.is_table(set['"int"'], text)
        assert.is_table(set['"one_of"'], text)
        assert.is_table(set['"email"'], text) -- kinds of fake data are generators, too
      end
      assert.is_nil(offered('[property.gen]\nn = { kind = "text", alphabet = "¦" }\n')['"int"'])
    end)

    it("no service as one that it waits for itself", function()
      local text = "[services.a]\n[services.b]\ndepends_on = "
      for _, value in ipairs({ '"¦"', '["¦"]', '["a", "¦"]' }) do
        local set = offered(text .. value .. "\n")
        assert.is_table(set['"a"'], value)
        assert.is_nil(set['"b"'], value)
      end
    end)

    it("no name that stands for a tag, and those with tags as they are written", function()
      local matrix = '[matrix]\ntool = ["awk"]\n'
      for _, text in ipairs({ "{{ matrix.¦ }} = 1", "{{ matrix.¦", '"{{ matrix.¦ }}" = 1',
        "k{{ matrix.¦ }} = 1", '{{ x }} = ["a"]\n[[steps]]\nname = "{{ matrix.¦ }}"' }) do
        local set = offered(matrix .. text)
        assert.is_table(set.tool)
        set.tool = nil
        assert.is_nil((next(set)), text)
      end
      local set = offered('[services."{{ s }}"]\n[services.a]\n[[steps]]\nname = "one {{ x }}"\n'
        .. '[[steps]]\nname = "{{ env(name="X") }}"\n[[steps]]\ndepends_on = ["¦"]\n')
      assert.is_table(set['"one {{ x }}"'])
      set['"one {{ x }}"'] = nil
      assert.is_nil((next(set)))
      set = offered("[services.{{ s }}]\n[services.a]\n[services.b]\ndepends_on = [¦]\n")
      assert.is_table(set['"a"'])
      assert.is_nil(set['"1"'])
    end)

    it("rules in a comment that ignores some, and settings", function()
      assert.equal("no-evidence", offered("x = 1 # clnrm: ignore[L0¦]").L001.detail)
      assert.is_table(offered("[lint]\nig¦", "clnrm.toml").ignore)
      assert.is_table(offered('[cli]\nbackend = "¦"', "clnrm.toml")['"docker"'])
      assert.same({}, (offered("x = 1 # ¦")))
    end)
  end)

  describe("tells by hover", function()
    it("what a key means, of which type it is, and its default", function()
      local text, got = hover('[[steps]]\nexpec¦ted_exit_code = 0\n')
      assert.matches("^`expected_exit_code`: a whole number, default `0`\n\nThe exit code%.", text)
      assert.equal("markdown", got.contents.kind)
      assert.same({ start = { line = 1, character = 0 }, ["end"] = { line = 1, character = 18 } },
        got.range)
      assert.matches("default `30s`", hover("[[steps]]\ntime¦out = 1\n"))
      assert.matches("Its keys: plugin,", hover("[services.d¦b]\n"))
      assert.matches("what clients must give", hover('[services.a]\ntype = "redis"\npass¦word = 1'))
      assert.matches("scenarios run at once", hover("[cli]\njo¦bs = 1\n", "clnrm.toml"))
      assert.equal('`jobs`: a number from 1, or "auto", default `auto`\n\nscenarios run at once: a '
        .. 'number, or auto\n\n```toml\njobs = "auto"\n```',
        (hover("[cli]\njo¦bs = 1\n", "clnrm.toml")))
      assert.matches('^`ignore`: a list of codes, such as %["L0", "L031"%]\n.*ignore = %["L031"%]',
        hover("[lint]\nign¦ore = 1\n", "clnrm.toml"))
      assert.matches("^`slow_after`: seconds, or text .*, default `10s`\n",
        hover("[test_execution]\nslow¦_after = 1\n", "clnrm.toml"))
    end)

    it("what a name or a code is", function()
      assert.matches('^service `db`\n\n`plugin = "redis"`$', hover(TEXT .. 'service = "d¦b"'))
      assert.matches("^%*%*L031 unpinned%-image: ", hover("x = 1 # clnrm: ignore[L0¦31] so"))
      assert.matches("^`uuid_v4%(seed%)`", hover('x = "{{ uuid¦_v4() }}"'))
      assert.matches("^`| upper`", hover('x = "{{ 1 | up¦per }}"'))
      assert.matches("^macro `span%(name, .* %(built in%)$",
        hover('{% import "_macros.toml.tera" as m %}{{ m::sp¦an() }}'))
    end)

    it("nothing where there is nothing to tell", function()
      for _, text in ipairs({ "¦", "# ¦a", "nonsense.o¦f = 1", "x = { y.z¦ = 1 }", "[¦",
        'x = "{{ nothi¦ng }}"', "x = [[[[¦" }) do
        assert.is_nil(hover(text), text)
      end
    end)
  end)

  describe("goes to", function()
    local function place(text)
      local got = ask("definition", text)
      return got ~= json.null and { got.uri:match("[^/]*$"), got.range.start.line,
        got.range.start.character } or nil
    end

    it("services, steps and variables", function()
      assert.same({ FILE, 4, 10 }, place(TEXT .. 'service = "d¦b"'))
      assert.same({ FILE, 4, 10 }, place((TEXT:gsub('%["db"%]', '["¦db"]'))))
      assert.same({ FILE, 10, 7 }, place(TEXT .. 'depends_on = "fi¦rst"'))
      assert.is_nil(place(TEXT .. 'depends_on = "in¦ner"'))
      assert.same({ FILE, 3, 0 }, place(TEXT .. 'x = "{{ vars.w¦ho }}"'))
      assert.is_nil(place(TEXT .. 'service = "nobo¦dy"'))
    end)

    it("templates and macros, as they are in the editor", function()
      support.write(client.dir .. "/_m.toml.tera", "")
      client:open("_m.toml.tera", "é\n{% macro one(a) %}{% endmacro one %}\n")
      assert.same({ "_m.toml.tera", 0, 0 }, place('{% include "_m.to¦ml.tera" %}'))
      assert.same({ "_m.toml.tera", 1, 9 },
        place('{% import "_m.toml.tera" as m %}{{ m::on¦e(a=1) }}'))
      assert.same({ FILE, 0, 9 }, place("{% macro two() %}{% endmacro %}{{ self::tw¦o() }}"))
      assert.is_nil(place('{% include "../../etc/pas¦swd" %}'))
      assert.is_nil(place('{% import "_macros.toml.tera" as m %}{{ m::sp¦an() }}'))
    end)
  end)

  it("lists the parts of a file, as a tree or flat", function()
    client:open(FILE, TEXT)
    local names = {}
    local function list(symbols, depth)
      for _, symbol in ipairs(symbols) do
        names[#names + 1] = depth .. symbol.name
        list(symbol.children or {}, depth .. " ")
      end
    end
    list(client:ask("documentSymbol", FILE), "")
    assert.same({ "all", "vars", "db", "web", "first", "deep", " inner", "second" }, names)
    client:open("b.clnrm.lua", 'require("clnrm")\nclnrm.test("one", function() end)\n')
    assert.equal("one", client:ask("documentSymbol", "b.clnrm.lua")[1].name)
    local other = lsp.start()
    other:open(FILE, TEXT)
    local flat = other:ask("documentSymbol", FILE)
    assert.same({ "inner", "deep" }, { flat[7].name, flat[7].containerName })
    other:finish()
  end)
end)

describe("a client", function()
  it("may write first and read later", function()
    local client = lsp.start()
    client:open(FILE, TEXT)
    local many = {}
    for i = 1, 300 do
      many[i] = lsp.framed({ id = 1000 + i, method = "textDocument/completion", params = {
        textDocument = { uri = client:uri(FILE) }, position = { line = 20, character = 0 },
      } })
    end
    client:write(table.concat(many))
    for i = 1, 300 do
      assert.is_true(#client:answer(1000 + i).items > 10)
    end
    client:finish()
  end)

  it("may send more than is read, and is told of it", function()
    local client = lsp.start()
    client:open(FILE, TEXT)
    client:diagnostics(FILE)
    local long = ("x"):rep(33 << 20)
    client:open("other.toml", long)
    local told = client:take(function(m)
      return m.error ~= nil
    end)
    assert.same({ -32600, json.null }, { told.error.code, told.id })
    assert.is_table(client:ask("hover", FILE, 1, 2).contents) -- it was a text of its own
    client:change(FILE, { { text = long, range = { start = { line = 0, character = 0 },
      ["end"] = { line = 0, character = 0 } } } })
    local list = client:diagnostics(FILE)
    assert.matches("not looked at in an editor: a message of %d+ bytes", list[1].message)
    assert.equal(json.null, (client:ask("hover", FILE, 1, 2)))
    client:change(FILE, TEXT)
    assert.is_table(client:ask("hover", FILE, 1, 2).contents)
    client:write(lsp.framed({ id = 7, method = "x", params = json.array({ 1 }) }))
    local many = '{"jsonrpc":"2.0","id":8,"method":"x","params":[' .. ("1,"):rep(1000001) .. "1]}"
    client:write(("Content-Length: %d\r\n\r\n%s"):format(#many, many))
    client:take(function(m)
      return m.error ~= nil and m.error.message:find("too many members") ~= nil
    end)
    client:finish()
  end)

  it("may send what is hostile", function()
    local client = lsp.start()
    for _, text in ipairs({
      ("["):rep(100000), ("{a="):rep(20000), ("a."):rep(50000), "a = " .. ("["):rep(100000),
      ("{{"):rep(20000), ("{% if a %}"):rep(3000), '"""' .. ("x\n"):rep(20000), ("\r"):rep(50000),
      "[" .. ("a."):rep(30000) .. "]", ("x = { y = "):rep(5000), "\0\1\2", "\u{feff}[meta]",
    }) do
      client:open(FILE, text)
      for _, method in ipairs({ "hover", "completion", "definition" }) do
        local _, err = client:ask(method, FILE, 0, 1000000000)
        assert.is_nil(err, err and err.message)
        _, err = client:ask(method, FILE, 1, 3)
        assert.is_nil(err, err and err.message)
      end
      assert.is_nil(select(2, client:ask("documentSymbol", FILE)))
      client:diagnostics(FILE)
    end
    local _, err = client:ask("hover", FILE, -1, 0)
    assert.equal(-32602, err.code)
    _, err = client:ask("hover", FILE, 1.5, 0)
    assert.equal(-32602, err.code)
    local code, told = client:finish()
    assert.same({ 0, "" }, { code, told })
  end)
end)
