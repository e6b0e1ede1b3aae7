--- clnrm lsp, driven as an editor drives it: what is told of open texts, and formatting.
local json = require("core.json")
local lsp = dofile("tests/e2e/lsp_client.lua")
local support = lsp.support

local GOOD = support.HELLO

local function codes_of(diagnostics)
  local codes = {}
  for i, d in ipairs(diagnostics) do
    codes[i] = d.code
  end
  return table.concat(codes, " ")
end

describe("an open text", function()
  local client

  before_each(function()
    client = lsp.start({ capabilities = { textDocument = { publishDiagnostics = {
      relatedInformation = true, versionSupport = true,
    } } } })
  end)

  after_each(function()
    client:finish()
  end)

  it("is told with codes, places and help, and with its version", function()
    client:open("a.clnrm.toml", GOOD .. "comand = 1\n", 7)
    local list, params = client:diagnostics("a.clnrm.toml")
    assert.equal(7, params.version)
    assert.equal(1, #list)
    local d = list[1]
    assert.same({ "P101", 1, "clnrm" }, { d.code, d.severity, d.source })
    assert.matches("^unknown key `comand` in .* %(did you mean `command`%?%)$", d.message)
    assert.same({ start = { line = 6, character = 0 }, ["end"] = { line = 6, character = 6 } },
      d.range)
  end)

  it("is judged as it is in the editor, whatever stands on disk", function()
    support.write(client.dir .. "/a.clnrm.toml", "not toml at all")
    client:open("a.clnrm.toml", GOOD)
    assert.same({}, (client:diagnostics("a.clnrm.toml")))
    client:change("a.clnrm.toml", "[meta]\nname = 1\n")
    assert.equal("P110 P102", codes_of(client:diagnostics("a.clnrm.toml")))
    client:notify("textDocument/didClose", { textDocument = { uri = client:uri("a.clnrm.toml") } })
    assert.same({}, (client:diagnostics("a.clnrm.toml")))
  end)

  it("counts in UTF-16, over CRLF and what is beyond the BMP", function()
    client:open("a.clnrm.toml", "# 😀\r\n" .. GOOD:gsub("\n", "\r\n") .. "'😀é' = 1\r\n")
    local list = client:diagnostics("a.clnrm.toml")
    assert.equal("P101", codes_of(list))
    assert.same({ start = { line = 7, character = 0 }, ["end"] = { line = 7, character = 5 } },
      list[1].range)
  end)

  it("is changed by ranges, one after the other", function()
    client:open("a.clnrm.toml", GOOD)
    client:diagnostics("a.clnrm.toml")
    client:change("a.clnrm.toml", {
      { range = { start = { line = 1, character = 8 }, ["end"] = { line = 1, character = 13 } },
        text = "a😀b" },
      { range = { start = { line = 1, character = 11 }, ["end"] = { line = 1, character = 12 } },
        text = "c\n[bogus]" },
    })
    local list = client:diagnostics("a.clnrm.toml")
    assert.equal("P019 P101 P013", codes_of(list)) -- name = "a😀c, and behind it [bogus]"
    assert.same({ line = 1, character = 7 }, list[1].range.start)
    client:change("a.clnrm.toml", {
      { range = { start = { line = 0, character = 0 }, ["end"] = { line = 999, character = 9 } },
        text = GOOD },
    })
    assert.same({}, (client:diagnostics("a.clnrm.toml")))
  end)

  it("is judged once when many changes come at once", function()
    client:open("a.clnrm.toml", GOOD)
    client:diagnostics("a.clnrm.toml")
    local many = {}
    for version = 2, 60 do
      many[#many + 1] = lsp.framed({ method = "textDocument/didChange", params = {
        textDocument = { uri = client:uri("a.clnrm.toml"), version = version },
        contentChanges = json.array({ { text = GOOD .. ("#"):rep(version) .. "\nx" } }),
      } })
    end
    client:write(table.concat(many))
    local _, params = client:diagnostics("a.clnrm.toml")
    assert.equal(60, params.version)
  end)

  it("names the other place of what is there twice", function()
    client:open("a.clnrm.toml", '[meta]\nname = "a"\nname = "b"\n')
    local list = client:diagnostics("a.clnrm.toml")
    local related = list[1].relatedInformation[1]
    assert.equal(client:uri("a.clnrm.toml"), related.location.uri)
    assert.equal(1, related.location.range.start.line)
  end)

  it("names the line of the template that wrote it", function()
    support.write(client.dir .. "/_part.toml.tera", "[[steps]]\nname = 's'\nrun = 'x'\n")
    client:open("a.clnrm.toml", '[meta]\nname = "a"\n{% include "_part.toml.tera" %}\n')
    local list = client:diagnostics("a.clnrm.toml")
    assert.equal("P101", list[1].code)
    local related = list[1].relatedInformation[1]
    assert.equal("written here", related.message)
    assert.equal(client:uri("_part.toml.tera"), related.location.uri)
    assert.same({ start = { line = 2, character = 0 }, ["end"] = { line = 2, character = 3 } },
      related.location.range)
  end)

  it("is not judged when it is none of ours, and not kept when it is too large", function()
    client:open("Cargo.toml", "nonsense =")
    client:open("big.clnrm.toml", ("#"):rep((4 << 20) + 1))
    local list = client:diagnostics("big.clnrm.toml")
    assert.equal(1, #list)
    assert.matches("larger than 4 MiB", list[1].message)
    assert.equal(json.null, (client:ask("formatting", "big.clnrm.toml")))
    assert.equal(json.null, (client:ask("formatting", "Cargo.toml")))
    client:open("big.clnrm.toml", GOOD)
    assert.same({}, (client:diagnostics("big.clnrm.toml")))
    for _, message in ipairs(client.got) do
      assert.not_equal(client:uri("Cargo.toml"), message.params.uri)
    end
  end)

  it("of a template is rendered with the texts that are open", function()
    support.write(client.dir .. "/_part.toml.tera", "nonsense\n")
    client:open("_part.toml.tera", '[meta]\nname = "x"\n')
    assert.same({}, (client:diagnostics("_part.toml.tera")))
    client:open("t.clnrm.toml", '{% include "_part.toml.tera" %}\n'
      .. '[[steps]]\nname = "a"\ncommand = ["true"]\nexpected_output_regex = "a"\n')
    assert.same({}, (client:diagnostics("t.clnrm.toml")))
    client:change("_part.toml.tera", "[meta]\nnam = 1\n")
    assert.equal("P101 P104", codes_of(client:diagnostics("t.clnrm.toml")))
    client:diagnostics("_part.toml.tera")
    client:change("_part.toml.tera", "{% if %}\n")
    assert.equal("R001", codes_of(client:diagnostics("_part.toml.tera")))
    assert.equal("R001", codes_of(client:diagnostics("t.clnrm.toml")))
  end)

  it("of a template is rendered with the texts that are open by another path", function()
    support.write(client.dir .. "/real/_part.toml.tera", "nonsense\n")
    assert(os.execute(("ln -s real %s/link"):format(client.dir)))
    client:open("real/_part.toml.tera", '[meta]\nname = "x"\n')
    client:open("link/t.clnrm.toml", '{% include "_part.toml.tera" %}\n'
      .. '[[steps]]\nname = "a"\ncommand = ["true"]\nexpected_output_regex = "a"\n')
    assert.same({}, (client:diagnostics("link/t.clnrm.toml")))
    client:change("real/_part.toml.tera", "{% if %}\n")
    assert.equal("R001", codes_of(client:diagnostics("link/t.clnrm.toml")))
  end)

  it("of a template has the values that the server was given", function()
    local text = GOOD:gsub("hello\"\n%[%[", "{{ who }}\"\n[[")
    client:open("a.clnrm.toml", text)
    assert.equal("R002", codes_of(client:diagnostics("a.clnrm.toml")))
    local given = lsp.start({ args = "-D who=me" })
    given:open("a.clnrm.toml", text)
    assert.same({}, (given:diagnostics("a.clnrm.toml")))
    given:finish()
  end)

  it("is told with --stdio, too, which editors add", function()
    local other = lsp.start({ args = "--stdio" })
    other:open("a.clnrm.toml", "[meta]\nnam = 1\n")
    assert.matches("P101", codes_of(other:diagnostics("a.clnrm.toml")))
    other:finish()
  end)

  it("is of no project with --config none, and of one file with --config", function()
    local slow = GOOD:gsub('%b[]\nexpect', '"sleep 2; ls /"\nexpect')
    support.write(client.dir .. "/clnrm.toml", '[lint]\nignore = ["L301"]\n')
    support.write(client.dir .. "/other/c.toml", '[lint]\nselect = ["L403"]\n')
    for args, wanted in pairs({ [""] = false, ["--config none"] = true,
      ["--config other/c.toml"] = false }) do
      local other = lsp.start({ args = args, dir = client.dir })
      other:open("a.clnrm.toml", slow)
      local codes = codes_of(other:diagnostics("a.clnrm.toml"))
      assert.equal(wanted, codes:find("L301") ~= nil, args)
      other:finish()
    end
    for option, why in pairs({ ["--vars=-"] = "standard input is the editor's",
      ["--config=/nowhere"] = "no such file", ["--vars=/nowhere"] = "no such file" }) do
      local got = support.run({ "lsp", option })
      assert.equal(2, got.code)
      assert.matches(why, got.err)
    end
  end)

  it("of a project file is checked, and says what is linted", function()
    local slow = GOOD:gsub('%b[]\nexpect', '"sleep 2; ls /"\nexpect')
    client:open("a.clnrm.toml", slow)
    assert.matches("L301", codes_of(client:diagnostics("a.clnrm.toml")))
    support.write(client.dir .. "/clnrm.toml", "")
    client:open("clnrm.toml", '[lint]\nignore = ["L301"]\n')
    assert.same({}, (client:diagnostics("clnrm.toml")))
    assert.is_nil(codes_of(client:diagnostics("a.clnrm.toml")):find("L301"))
    client:change("clnrm.toml", "[lint]\nselct = []\n")
    assert.equal("E201", codes_of(client:diagnostics("clnrm.toml")))
    assert.matches("L301", codes_of(client:diagnostics("a.clnrm.toml")))
    client:change("clnrm.toml", '[lint]\nselect = ["L999"]\n')
    local list = client:diagnostics("clnrm.toml")
    assert.matches("^there is no rule 'L999'", list[1].message)
    assert.same({ line = 1, character = 10 }, list[1].range.start)
    client:change("clnrm.toml", '[lint]\nignore = "L999"\n[lint.options.L301]\nmost = 1\n')
    list = client:diagnostics("clnrm.toml")
    assert.same({ 2, 1, 9, 3, 0 }, { #list, list[1].range.start.line, list[1].range.start.character,
      list[2].range.start.line, list[2].range.start.character })
  end)

  it("of a project file may name rules of the project that are not trusted", function()
    support.write(client.dir .. "/clnrm.toml", "")
    support.write(client.dir .. "/lint/own.lua", "error('never run')\n")
    client:open("clnrm.toml", '[lint]\nextend_select = ["X001", "own"]\nignore = ["L301"]\n'
      .. "[lint.options.own]\nmost = 1\n")
    assert.same({}, (client:diagnostics("clnrm.toml")))
    client:open("a.clnrm.toml", (GOOD:gsub('%b[]\nexpect', '"sleep 2; ls /"\nexpect')))
    assert.is_nil(codes_of(client:diagnostics("a.clnrm.toml")):find("L301"))
  end)

  it("is judged by what is built in when the project file is wrong, which is shown once", function()
    support.write(client.dir .. "/clnrm.toml", "[lint]\nselct = []\n")
    client:open("a.clnrm.toml", GOOD)
    client:ask("formatting", "a.clnrm.toml")
    assert.same({}, (client:diagnostics("a.clnrm.toml")))
    client:open("b.clnrm.toml", GOOD)
    assert.same({}, (client:diagnostics("b.clnrm.toml")))
    local shown = client:take(function(m)
      return m.method == "window/showMessage"
    end)
    assert.matches("settings of the project are left out: .*clnrm.toml:2", shown.params.message)
    for _, message in ipairs(client.got) do
      assert.not_equal("window/showMessage", message.method)
    end
  end)

  it("is judged by what is built in when the project file cannot be read", function()
    support.sh("ln -s nowhere.toml clnrm.toml", { cwd = client.dir })
    client:open("a.clnrm.toml", GOOD)
    assert.same({}, (client:diagnostics("a.clnrm.toml")))
    local shown = client:take(function(m)
      return m.method == "window/showMessage"
    end)
    assert.matches("settings of the project are left out: project file .*no such file",
      shown.params.message)
  end)

  it("of Lua is compiled and linted, and not executed", function()
    client:open("a.clnrm.lua", 'os.execute("touch ran")\nlocal x = = 1\n')
    local list = client:diagnostics("a.clnrm.lua")
    assert.equal(1, list[1].range.start.line)
    client:change("a.clnrm.lua", 'local clnrm = require("clnrm")\n'
      .. 'clnrm.only("a", function(t) t.room:exec({ "true" }, { check = true }) end)\n')
    assert.matches("L501", codes_of(client:diagnostics("a.clnrm.lua")))
    assert.is_nil(support.read(client.dir .. "/ran"))
  end)
end)

describe("formatting", function()
  local client

  before_each(function()
    client = lsp.start()
  end)

  after_each(function()
    client:finish()
  end)

  it("changes only the lines that fmt changes", function()
    client:open("a.clnrm.toml", '[meta]\nname="😀"\n\n[[steps]]\n  name = "b"\n')
    assert.same({
      { newText = 'name = "😀"\n',
        range = { start = { line = 1, character = 0 }, ["end"] = { line = 2, character = 0 } } },
      { newText = 'name = "b"\n',
        range = { start = { line = 4, character = 0 }, ["end"] = { line = 5, character = 0 } } },
    }, (client:ask("formatting", "a.clnrm.toml", nil, nil, { options = { tabSize = 8 } })))
    local edits = client:ask("rangeFormatting", "a.clnrm.toml", nil, nil, {
      range = { start = { line = 4, character = 2 }, ["end"] = { line = 5, character = 0 } },
    })
    assert.equal(1, #edits)
    assert.equal(4, edits[1].range.start.line)
  end)

  it("has no edits for what is right, or no TOML", function()
    client:open("a.clnrm.toml", GOOD)
    assert.same({}, (client:ask("formatting", "a.clnrm.toml")))
    client:change("a.clnrm.toml", "[[steps\n  x=1\n")
    assert.same({}, (client:ask("formatting", "a.clnrm.toml")))
    client:change("a.clnrm.toml", "")
    assert.same({}, (client:ask("formatting", "a.clnrm.toml")))
  end)

  it("keeps to the project's settings", function()
    support.write(client.dir .. "/clnrm.toml", "[fmt]\nindent = 4\n")
    client:open("a.clnrm.toml", "a = [\n 1, # one\n]\n")
    local edits = client:ask("formatting", "a.clnrm.toml")
    assert.equal("    1, # one\n", edits[1].newText)
  end)
end)
