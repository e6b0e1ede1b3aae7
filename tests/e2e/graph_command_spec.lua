--- clnrm graph as a user runs it: each format says the same of a file, whatever is in its names.
local json = require("core.json")
local support = require("tests.e2e.support")

local FIXTURE = (os.getenv("CLNRM_ROOT") or ".") .. "/tests/fixtures"
local check_golden = dofile("tests/tools/golden.lua")("tests/fixtures/golden/graph.%s")

-- Names as no format expects them.
local HOSTILE = [==[
[meta]
name = "hostile"
[services.db]
command = ["sleep", "9"]
[services.web]
command = ["sleep", "9"]
depends_on = ["db"]
[[scenario]]
name = 'end"] --> x ]]> </svg><script>alert(1)</script>'
concurrent = true
[[scenario.steps]]
name = "1. \" \\N \\ %%{init: {}}%% `b` &amp; #35; {a} [b] |c|"
command = ["true"]
service = "db"
[[scenario.steps]]
name = "two\nlines; \u001b[31m"
command = ["true"]
depends_on = [ "1. \" \\N \\ %%{init: {}}%% `b` &amp; #35; {a} [b] |c|" ]
[[scenario.steps]]
name = "- a ‮list"
command = ["true"]
]==]

local CIRCLE = [==[
[meta]
name = "circle"
[[steps]]
name = "a"
command = ["true"]
depends_on = ["b"]
[[steps]]
name = "b"
command = ["true"]
depends_on = ["a"]
]==]

describe("clnrm graph", function()
  local dir, env

  before_each(function()
    dir = support.tempdir()
    env = { XDG_STATE_HOME = dir .. "/state" }
    assert(os.execute(("mkdir '%s/state' && cp -r '%s/plan' '%s/p'"):format(dir, FIXTURE, dir)))
    support.write(dir .. "/p/odd.clnrm.toml", HOSTILE)
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function clnrm(...)
    return support.run({ "graph", ... }, { cwd = dir .. "/p", env = env })
  end

  --- Draws a file in a format.
  local function graph(file, format, ...)
    local got = clnrm(file, "-f", format, ...)
    assert.same({ 0, "" }, { got.code, got.err })
    return got.out
  end

  --- The ids of nodes and edges, as the JSON has them.
  local function parts(file)
    local document, nodes, edges = assert(json.decode(graph(file, "json"))), {}, {}
    for _, cell in ipairs(document.cells) do
      for _, service in ipairs(cell.services) do
        nodes[service.id] = true
      end
      for _, scenario in ipairs(cell.scenarios) do
        for _, step in ipairs(scenario.steps) do
          nodes[step.id] = true
        end
      end
    end
    for _, edge in ipairs(document.edges) do
      assert(nodes[edge.from] and nodes[edge.to], edge.from)
      edges[#edges + 1] = not edge.implied and edge.from .. " " .. edge.to or nil
    end
    table.sort(edges)
    return nodes, edges
  end

  for _, format in ipairs({ "human", "ascii", "dot", "mermaid", "html" }) do
    it("draws cells, services, scenarios and steps as " .. format, function()
      check_golden(format, graph("shop.clnrm.toml", format))
    end)
  end

  it("writes them as JSON of stable fields", function()
    local document = assert(json.decode(graph("shop.clnrm.toml", "json")))
    check_golden("json", json.encode(document, { indent = 2 }) .. "\n")
  end)

  it("writes what Graphviz draws: each node and each edge", function()
    if not os.execute("command -v dot >/dev/null") then
      return pending("no dot: the package graphviz has it")
    end
    for _, file in ipairs({ "shop.clnrm.toml", "odd.clnrm.toml", "host.clnrm.toml" }) do
      local nodes, edges = parts(file)
      support.write(dir .. "/g.dot", graph(file, "dot"))
      local got = support.sh(("dot -Tsvg g.dot -o g.svg && xmllint --noout --nonet g.svg"),
        { cwd = dir })
      assert.same({ 0, "", "" }, { got.code, got.out, got.err })
      local svg, drawn = support.read(dir .. "/g.svg"), {}
      for kind, title in svg:gmatch('class="(%l+)">\n<title>(.-)</title>') do
        if kind == "node" then
          assert(nodes[title], title)
          nodes[title] = nil
        elseif kind == "edge" then
          drawn[#drawn + 1] = title:gsub("&#45;&gt;", " ")
        end
      end
      table.sort(drawn)
      assert.same({}, nodes)
      assert.same(edges, drawn)
    end
    local svg = support.read(dir .. "/g.svg") -- of host: one that is empty would also be well
    assert.matches("redis", svg)
  end)

  it("keeps names that Graphviz would read what they are", function()
    if not os.execute("command -v dot >/dev/null") then
      return pending("no dot: the package graphviz has it")
    end
    support.write(dir .. "/g.dot", graph("odd.clnrm.toml", "dot"))
    local svg = support.sh("dot -Tsvg g.dot", { cwd = dir }).out
    svg = svg:gsub("&#(%d+);", function(n)
      return utf8.char(tonumber(n))
    end):gsub("&lt;", "<"):gsub("&gt;", ">"):gsub("&quot;", '"'):gsub("&amp;", "&")
    svg = svg:gsub("\194\160", " ")
    assert.matches('>1 1. " \\N \\ %%{init: {}}%% `b` &amp; #35; {a} [b] |c|<', svg, 1, true)
    assert.matches('>end"] --> x ]]> </svg><script>alert(1)</script><', svg, 1, true)
  end)

  it("writes Mermaid in which only the structure means something", function()
    for _, file in ipairs({ "shop.clnrm.toml", "odd.clnrm.toml" }) do
      local nodes, edges = parts(file)
      local depth, drawn, first = 0, {}, true
      for line in graph(file, "mermaid"):gmatch("[^\n]+") do
        local text = line:gsub('"[^"]*"', function(quoted)
          assert.is_nil(quoted:gsub("<br/>", ""):find('[%[%]{}<>|`%%&\\]'), quoted)
          assert.is_nil(quoted:gsub("#%d+;", ""):find("[#;]"), quoted)
          assert.is_nil(quoted:find('^"%d+%.') or quoted:find('^"[-*+]'), quoted)
          return "T"
        end):gsub("^ +", "")
        local node = text:match("^(c%d+t%d+p%d+)%[T%]$") or text:match("^(c%d+s%d+)%(%[T")
        local from, arrow, to = text:match("^(%w+) ([-=.>]+)[|T]* (%w+)$")
        if first then
          assert.equal("flowchart LR", text)
        elseif text:match("^subgraph %w+%[T%]$") then
          depth = depth + 1
        elseif text == "end" then
          depth = depth - 1
        elseif node then
          assert(nodes[node], line)
          nodes[node] = nil
        else
          assert(arrow == "-->" or arrow == "-.-", line)
          drawn[#drawn + 1] = from .. " " .. to
        end
        first = false
      end
      table.sort(drawn)
      assert.equal(0, depth)
      assert.same({}, nodes)
      assert.same(edges, drawn)
    end
  end)

  it("writes a page of its own, in which no name acts", function()
    for _, file in ipairs({ "shop.clnrm.toml", "odd.clnrm.toml" }) do
      local page = graph(file, "html")
      assert.is_nil(page:find("<script", 1, true))
      assert.is_nil(page:gsub("http://www.w3.org/2000/svg", ""):gsub("<[ht]%w*>.-</[ht]%w*>", "")
        :find("https?://"))
      support.write(dir .. "/page.xml", (page:gsub("^<!DOCTYPE html>\n", "")))
      local got = support.sh("xmllint --noout --nonet page.xml", { cwd = dir })
      assert.same({ 0, "" }, { got.code, got.err })
    end
    assert.matches("&lt;script&gt;alert(1)&lt;/script&gt;", graph("odd.clnrm.toml", "html"), 1,
      true)
    local many = { '[meta]\nname = "many"\n' }
    for i = 1, 201 do
      many[#many + 1] = ('[[steps]]\nname = "s%d"\ncommand = ["true"]\n'):format(i)
    end
    support.write(dir .. "/p/many.clnrm.toml", table.concat(many))
    local page = graph("many.clnrm.toml", "html")
    assert.matches("201 steps: too many to be drawn", page)
    assert.matches("<td>s201</td>", page)
  end)

  it("marks the critical path where records know each step", function()
    support.write(dir .. "/p/t.clnrm.toml", [==[
[meta]
name = "t"
[[scenario]]
name = "three"
concurrent = true
[[scenario.steps]]
name = "slow"
command = ["sleep", "0.3"]
[[scenario.steps]]
name = "fast"
command = ["true"]
[[scenario.steps]]
name = "last"
command = ["true"]
depends_on = ["slow", "fast"]
]==])
    assert.is_nil(graph("t.clnrm.toml", "ascii"):find("critical", 1, true))
    local run = support.run({ "run", "t.clnrm.toml" }, { cwd = dir .. "/p", env = env })
    assert.equal(0, run.code)
    local text = graph("t.clnrm.toml", "ascii")
    assert.matches("three  critical path 0%.%d+ s\n", text)
    assert.matches("1 slow +0%.%d+ s  %*\n", text)
    assert.matches("2 fast +at once, 0%.%d+ s\n", text)
    assert.matches("3 last +after 1 and 2, 0%.%d+ s  %*\n", text)
    assert.matches("c1t1p1 ==> c1t1p3\n", graph("t.clnrm.toml", "mermaid"))
    assert.matches("c1t1p1 %-> c1t1p3 %[penwidth=2%.5%];", graph("t.clnrm.toml", "dot"))
    assert.matches("c1t1p2 %-> c1t1p3;", graph("t.clnrm.toml", "dot"))
    assert.matches("<td>critical path</td>", graph("t.clnrm.toml", "html"))
  end)

  it("draws a cell, a line, what a filter keeps; into a file", function()
    local document = json.decode(graph("shop.clnrm.toml[db=postgres:16]", "json"))
    assert.equal(1, #document.cells)
    document = json.decode(graph("shop.clnrm.toml", "json", "-k", "rolls"))
    assert.equal(1, #document.cells[1].scenarios)
    document = json.decode(graph("host.clnrm.toml:15", "json"))
    assert.equal("reads", document.cells[1].scenarios[1].name)
    support.write(dir .. "/p/v.clnrm.toml",
      'meta.name = "v"\n[[steps]]\nname = "{{ x }}"\ncommand = ["true"]\n')
    assert.matches('"1 of v"', graph("v.clnrm.toml", "dot", "-D", "x=of v"), 1, true)
    assert.equal("", graph("shop.clnrm.toml", "dot", "-o", "../out.dot"))
    assert.matches("^digraph ", support.read(dir .. "/out.dot"))
    assert.equal(6, clnrm("shop.clnrm.toml", "-o", "/nowhere/x").code)
    assert.equal(4, clnrm("shop.clnrm.toml", "-k", "nothing").code)
  end)

  it("replaces by -o none of the templates that it reads, whatever they are called", function()
    local macros = "{% macro x() %}1{% endmacro %}"
    support.write(dir .. "/m/macros.txt", '{% include "more.txt" %}' .. macros)
    support.write(dir .. "/m/more.txt", "")
    support.write(dir .. "/m/t.clnrm.toml", '{% import "macros.txt" as m %}\nmeta.name = "a"\n'
      .. '[[steps]]\nname = "s"\ncommand = ["true"]\n# {{ m::x() }}{% include "more.txt" %}\n')
    for _, name in ipairs({ "macros.txt", "more.txt" }) do
      local got = support.run({ "graph", "t.clnrm.toml", "-o", name }, { cwd = dir .. "/m" })
      assert.equal(2, got.code, name)
      assert.matches("-o " .. name .. " would replace what this command reads", got.err, 1, true)
    end
    assert.equal("", support.read(dir .. "/m/more.txt"))
    local got = support.run({ "graph", "t.clnrm.toml", "-o", "other.txt" }, { cwd = dir .. "/m" })
    assert.same({ 0, "" }, { got.code, got.err })
  end)

  it("refuses what it cannot draw, and says why", function()
    local function refused(pattern, ...)
      local got = clnrm(...)
      assert.same({ 2, "" }, { got.code, got.out })
      assert.matches(pattern, got.err)
    end
    support.write(dir .. "/p/circle.clnrm.toml", CIRCLE)
    support.write(dir .. "/p/trace.json", "{}")
    refused("steps wait for each other", "circle.clnrm.toml")
    refused("traces cannot be drawn in this build: trace.json", "trace.json")
    refused("traces cannot be drawn in this build: latest", "latest")
    refused("traces cannot be drawn in this build: 7f3a", "7f3a")
    refused("traces are not in this build", "shop.clnrm.toml", "--highlight-missing")
    refused("known when it runs", "own.clnrm.lua")
    refused("is a folder: clnrm graph draws one file", ".")
    refused("which file%?", "-f", "dot")
    refused("^error: %-f wants one of auto, human, ascii, dot, json, mermaid, html, not 'svg'\n",
      "-f", "svg", "shop.clnrm.toml")
    refused("\n  did you mean 'mermaid'%?\n", "-f", "mermiad", "shop.clnrm.toml")
    refused("^error: graph has no format 'sarif'\n  it has: human, ascii, dot, json, mermaid, "
      .. "html\n", "-f", "sarif", "shop.clnrm.toml")
    refused("does not take 'b'", "shop.clnrm.toml", "b")
    refused("graph has no format 'junit'", "shop.clnrm.toml", "-f", "junit")
    refused("no such file", "nowhere.clnrm.toml")
  end)
end)
