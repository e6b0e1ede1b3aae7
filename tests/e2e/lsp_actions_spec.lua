--- clnrm lsp: code actions, as an editor asks for them and applies them.
local json = require("core.json")
local lsp = dofile("tests/e2e/lsp_client.lua")
local support = lsp.support

local FILE = "a.clnrm.toml"

describe("an action", function()
  local BAD = '[meta]\nname = "é"\n[[steps]]\nname = "a "\ncommand = ["ls -d /"]\n'
  local client

  before_each(function()
    client = lsp.start({ capabilities = { workspace = { workspaceEdit = {
      documentChanges = true,
    } } } })
  end)

  after_each(function()
    client:finish()
  end)

  local function actions(text, first, last, only)
    client:open(FILE, text, 5)
    return client:ask("codeAction", FILE, nil, nil, {
      range = { start = { line = first, character = 0 }, ["end"] = { line = last, character = 0 } },
      context = { diagnostics = json.array(), only = only and json.array(only) },
    })
  end

  local function titles(list)
    local all = {}
    for i, action in ipairs(list) do
      all[i] = action.title
    end
    return all
  end

  it("is each fix where it belongs, and all that are safe", function()
    local list = actions(BAD, 0, 9)
    assert.same({ "take them out (L403, unsafe: it may change what the test means)",
      "write it as text (L004)", "fix all that is safe to fix" }, titles(list))
    assert.same({ false, true }, { list[1].isPreferred, list[2].isPreferred })
    assert.equal("L004", list[2].diagnostics[1].code)
    local change = list[2].edit.documentChanges[1]
    assert.same({ uri = client:uri(FILE), version = 5 }, change.textDocument)
    assert.same({ { newText = '"ls -d /"', range = { start = { line = 4, character = 10 },
      ["end"] = { line = 4, character = 21 } } } }, change.edits)
    assert.equal('command = "ls -d /"\n', list[3].edit.documentChanges[1].edits[1].newText)
    assert.equal("source.fixAll.clnrm", list[3].kind)
  end)

  it("is none that `clnrm lint --fix` refuses", function()
    support.write(client.dir .. "/clnrm.toml", "[lint]\nextend_select = ['L402']\n")
    local function quick(of_step)
      return titles(actions(support.HELLO .. "expected_exit_code = 0\n" .. of_step, 0, 99,
        { "quickfix" }))
    end
    assert.same({ "take it out (L402)" }, quick(""))
    assert.same({}, quick("expect.exit_code = 3\n")) -- which of the two is meant it cannot know
  end)

  it("is offered for the place and the kind that is asked for", function()
    assert.same({ "fix all that is safe to fix" }, titles(actions(BAD, 0, 1)))
    assert.same({ "fix all that is safe to fix" }, titles(actions(BAD, 0, 9, { "source" })))
    assert.same({ "fix all that is safe to fix" }, titles(actions(BAD, 0, 9, { "source.fixAll" })))
    assert.equal(2, #actions(BAD, 0, 9, { "quickfix" }))
    assert.same({}, actions(BAD, 0, 9, { "refactor" }))
    assert.same({}, actions(support.HELLO, 0, 9))
  end)

  it("writes what was meant", function()
    local text = support.HELLO .. 'comand2 = 1\n[services.db]\ncommand = "x"\n[[scenario]]\n'
      .. 'name = "s"\nservice = "bd"\nrun = ["ls"]\n[room]\nproject = "cpoy"\n'
    local list = actions(text, 0, 99, { "quickfix" })
    assert.same({ "write command (P101)", 'write "db" (P113)', 'write "copy" (P103)' },
      titles(list))
    assert.equal("command", list[1].edit.documentChanges[1].edits[1].newText)
  end)

  it("writes what was meant in a tag", function()
    local text = support.HELLO .. '[vars]\nwhere = "x"\n[[scenario]]\nname = "%s"\nrun = ["ls"]\n'
    for tag, new in pairs({ ["a {{ wehre }}"] = "where", ["{{ vars.wehre }}"] = "where",
      ["{{ where | uper }}"] = "upper", ["{{ uuid_v44() }}"] = "uuid_v4" }) do
      local list = actions(text:format(tag), 0, 99, { "quickfix" })
      assert.matches("^write " .. new .. " %(R00[26]%)$", titles(list)[1], 1, false, tag)
      local edit = list[1].edit.documentChanges[1].edits[1]
      assert.equal(new, edit.newText)
      local from = select(2, text:find('name = "', 40, true)) and edit.range.start.character
      local line = ('name = "%s"'):format(tag)
      assert.equal(line:gsub("wehre", "where"):gsub("uper", "upper"):gsub("v44", "v4"),
        line:sub(1, from) .. new .. line:sub(edit.range["end"].character + 1), tag)
    end
    assert.same({}, actions(text:format("{{ nothing_like_it }}"), 0, 99, { "quickfix" }))
  end)

  it("writes the macro that was meant, and where it comes from", function()
    local text = '{%% import "_macros.toml.tera" as mac %%}\n' .. support.HELLO .. "%s\n"
    for call, new in pairs({ ['mac::scenaro(name="x", run="ls")'] = "scenario",
      ['mca::scenario(name="x", run="ls")'] = "mac" }) do
      local list = actions(text:format("{{ " .. call .. " }}"), 0, 99, { "quickfix" })
      assert.same({ ("write %s (R006)"):format(new) }, titles(list), call)
      local edit = list[1].edit.documentChanges[1].edits[1]
      local line, range = "{{ " .. call .. " }}", edit.range
      assert.equal('{{ mac::scenario(name="x", run="ls") }}', line:sub(1, range.start.character)
        .. edit.newText .. line:sub(range["end"].character + 1))
    end
  end)

  it("is not a fix of another text", function()
    local id = client:send("textDocument/codeAction", { textDocument = { uri = client:uri(FILE) } })
    assert.equal(-32602, select(2, client:answer(id)).code)
    client:open(FILE, BAD)
    assert.equal(-32602, select(2, client:ask("codeAction", FILE)).code) -- no range
  end)
end)
