--- clnrm lsp and the code of a project: what runs, and what does not.
local json = require("core.json")
local lsp = dofile("tests/e2e/lsp_client.lua")
local support = lsp.support

local function codes_of(diagnostics)
  local codes = {}
  for i, d in ipairs(diagnostics) do
    codes[i] = d.code
  end
  return table.concat(codes, " ")
end

describe("the rules of a project", function()
  local TEST = '[meta]\nname = "t"\n[[steps]]\nname = "ask"\ncommand = "curl http://localhost/"\n'
    .. 'expect.stdout.contains = "x"\n'
  local BROKEN = 'return clnrm.rule { id = "X002", name = "bad", visit = {\n'
    .. "step = function() %s end } }\n"

  local function documented()
    return support.read("docs/custom-rules.md"):match("```lua\n(.-)```")
  end

  it("do not run without --trust, which the client's log says", function()
    local client = lsp.start({ files = { ["clnrm.toml"] = "", ["lint/own.lua"] = documented() } })
    client:open("a.clnrm.toml", TEST)
    assert.is_nil(codes_of(client:diagnostics("a.clnrm.toml")):find("X001"))
    local logged = client:take(function(m)
      return m.method == "window/logMessage"
    end)
    assert.matches("lint are not run: `clnrm lsp %-%-trust` would", logged.params.message)
    client:finish()
  end)

  it("are the only code of it that runs, and that with --trust alone", function()
    local RUN = 'io.open("%s", "w"):close()\nos.execute("touch %s")\nreturn {}\n'
    for _, args in ipairs({ "", "--trust" }) do
      local dir = support.tempdir()
      local ran = dir .. "/ran"
      local files = { ["clnrm.toml"] = "", ["_m.toml.tera"] = "" }
      for _, file in ipairs({ ".clnrm/override/engine/fmt/init.lua", "services/own.lua",
        ".clnrm/override/engine/lsp/server.lua", "hooks/own.lua", "b.clnrm.lua" }) do
        files[file] = RUN:format(ran, ran)
      end
      local client = lsp.start({ args = args, dir = dir, files = files })
      client:open("a.clnrm.toml", TEST .. 'service = "s"\n[services.s]\nplugin = "own"\n'
        .. '[hooks]\nbefore_all = { module = "hooks/own.lua" }\n[x]\n')
      assert.matches("P101", codes_of(client:diagnostics("a.clnrm.toml")))
      client:open("b.clnrm.lua", RUN:format(ran, ran))
      client:diagnostics("b.clnrm.lua")
      for _, method in ipairs({ "hover", "completion", "definition", "formatting" }) do
        client:ask(method, "a.clnrm.toml", 8, 10)
      end
      client:finish()
      assert.is_nil(support.read(ran), args)
      support.remove(dir)
    end
  end)

  it("run with --trust as they do in lint, and anew when they were saved", function()
    local client = lsp.start({ args = "--trust",
      files = { ["clnrm.toml"] = "", ["lint/own.lua"] = documented() } })
    client:open("a.clnrm.toml", TEST)
    assert.equal("X001", codes_of(client:diagnostics("a.clnrm.toml")))
    support.write(client.dir .. "/lint/own.lua", "return nonsense nonsense")
    client:notify("workspace/didChangeWatchedFiles", { changes = json.array({
      { uri = client:uri("lint/own.lua"), type = 2 },
    }) })
    assert.equal("P040", codes_of(client:diagnostics("lint/own.lua")))
    assert.equal("", codes_of(client:diagnostics("a.clnrm.toml")))
    support.write(client.dir .. "/inner/clnrm.toml", "")
    client:open("inner/b.clnrm.toml", TEST)
    assert.equal("", codes_of(client:diagnostics("inner/b.clnrm.toml")))
    for _, message in ipairs(client.got) do -- another project takes nothing back
      assert.not_equal(client:uri("lint/own.lua"), message.params.uri)
    end
    support.write(client.dir .. "/lint/own.lua", documented())
    client:notify("textDocument/didSave", { textDocument = { uri = client:uri("lint/own.lua") } })
    assert.same({}, (client:diagnostics("lint/own.lua")))
    assert.equal("X001", codes_of(client:diagnostics("a.clnrm.toml")))
    client:finish()
  end)

  it("are told as crashed, each time, and the editor stays served", function()
    local client = lsp.start({ args = "--trust", files = {
      ["clnrm.toml"] = "", ["lint/own.lua"] = BROKEN:format("while true do end"),
    } })
    for version = 1, 2 do
      client:open("a.clnrm.toml", TEST, version)
      local list = client:diagnostics("a.clnrm.toml")
      assert.equal("X002", codes_of(list))
      assert.matches("the rule bad crashed", list[1].message)
    end
    assert.same({}, (client:ask("formatting", "a.clnrm.toml")))
    client:finish()
  end)

  it("that crashed in another text are told in the order of their codes", function()
    local files, wanted = { ["clnrm.toml"] = "" }, {}
    for i = 1, 6 do
      wanted[i] = "X01" .. i
      files[("lint/r%d.lua"):format(i)] = BROKEN:gsub("X002", wanted[i]):gsub("bad", "bad-" .. i)
        :format("error('x')")
    end
    local client = lsp.start({ args = "--trust", files = files })
    client:open("a.clnrm.toml", TEST)
    client:diagnostics("a.clnrm.toml")
    client:open("b.clnrm.toml", TEST)
    assert.equal(table.concat(wanted, " "), codes_of(client:diagnostics("b.clnrm.toml")))
    client:finish()
  end)
end)
