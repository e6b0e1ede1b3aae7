--- The layout that core.toml.format prints: blanks, brackets, comments, empty lines, ranges.
local toml = require("core.toml")

--- What a text becomes; formatting twice is the same as once.
local function formatted(text, opts)
  local once = assert(toml.format(text, opts))
  if not (opts and opts.to) then
    assert.equal(once, toml.format(once, opts))
  end
  local same, what = toml.same(text, once)
  assert.is_true(same, what)
  return once
end

local function becomes(expected, text, opts)
  assert.equal(expected, formatted(text, opts))
end

describe("core.toml.format", function()
  it("puts one blank around = and none around dots and inside headers", function()
    becomes("a = 1\nb.\"c\".d = 2\n[x.y]\n[[z]]\n",
      " a=1\n\tb . \"c\" .d   =2\n [ x . y ]\n[[ z ]]")
  end)

  it("returns the very text when there is nothing to do", function()
    local text = "a = 1 # c\n\n[b]\nc = [1, 2]\n"
    assert.equal(text, toml.format(text))
  end)

  it("keeps spellings: numbers, dates, strings of all forms, quoted keys", function()
    local text = "'k' = 0xDEAD_beef\nl = +1e-7\nm = 1979-05-27 07:32:00Z\nn = '''\n x  \n'''\n"
      .. 'o = """a \\\n   b"""\np = "\\u00e9"\n'
    becomes(text, (text:gsub(" = ", "=")))
  end)

  it("leaves comments where they are, without blanks at their ends", function()
    becomes("# top\na = 1 # one\n#two\n[t] # three\n",
      "   # top  \na=1# one\t\n  #two\n[t]   # three")
  end)

  it("squeezes empty lines to one, and has none at the ends", function()
    becomes("a = 1\n\nb = 2\n[t]\n\n[u]\n", "\n \n\na = 1\n\n\n  \nb = 2\n[t]\n\n\n[u]\n\n\n")
    becomes("", "\n \n\t\n")
    becomes("", "")
  end)

  it("keeps a byte order mark, and line ends that are all CRLF", function()
    becomes("\xef\xbb\xbfa = 1\n", "\xef\xbb\xbf\n\na=1")
    becomes("a = 1\r\nb = [\r\n  1, # c\r\n]\r\n", "a=1\r\nb=[1 # c\r\n]\r\n")
    becomes("a = 1\nb = 2\n", "a=1\r\nb=2\n")
    becomes('a = """\n"""\r\n', '\r\na="""\n"""')
  end)

  it("keeps an array over several lines when it has a last comma or a comment", function()
    becomes("a = [\n  1,\n  2,\n]\n", "a=[1,\n2,]")
    becomes("a = [1, 2]\n", "a=[1,\n2\n]")
    becomes("a = [1, 2]\n", "a = [1, 2,]")
    becomes("a = [\n  1, # one\n  2,\n]\n", "a = [1 # one\n,2]")
    becomes("a = []\n", "a = [\n\n]")
    becomes("a = [\n  # none\n]\n", "a = [\n# none\n]")
  end)

  it("breaks an array that passes the width, the inner ones only where they must", function()
    becomes("a = [\n  [1, 2],\n  [3, 4],\n]\n", "a = [[1, 2], [3, 4]]", { width = 19 })
    becomes("a = [[1, 2], [3, 4]]\n", "a = [[1, 2], [3, 4]]", { width = 20 })
    becomes("a = [\n  [\n    1,\n    2,\n  ],\n]\n", "a = [[1, 2]]", { width = 8 })
    becomes("a = ['漢字', 1]\n", "a = ['漢字',1]", { width = 15 })
    becomes("a = [\n  '漢字',\n  1,\n]\n", "a = ['漢字',1]", { width = 14 })
  end)

  it("goes over several lines around what does", function()
    becomes("a = [\n  [\n    1,\n  ],\n  2,\n]\n", "a = [[1,\n], 2]")
    becomes("t = { a = [\n  1,\n], b = 2 }\n", "t={a=[1,\n],b=2}")
    becomes("a = [\n  { b = [\n    1,\n  ] },\n]\n", "a = [{b=[1,\n]}]")
  end)

  it("leaves a text over several lines at the bracket that it opened at", function()
    local text = 'command = ["sh", "-c", """\nset -e\n  x\n"""]\n'
    becomes(text, 'command=[ "sh","-c",  """\nset -e\n  x\n""" ]')
  end)

  it("keeps inline tables on their line, or on their lines", function()
    becomes("t = { a = 1, b.c = { d = [] } }\n", "t={a=1,b . c={d=[ ]},}")
    becomes("t = {}\n", "t = {  }")
    becomes("t = {\n  a = 1,\n  b = 2, # two\n}\n", "t = { a=1,\n b=2 # two\n}")
    local wide = "t = { a = 'aaaaaaaaaaaaaaaaaaaa', b = 'bbbbbbbbbbbbbbbbbbbbbb' }\n"
    becomes(wide, wide, { width = 20 })
  end)

  it("keeps groups and comments between elements", function()
    becomes("a = [ # head\n  1, # one\n\n  # two\n  2,\n  # end\n]\n",
      "a = [ # head\n\n1, # one\n\n\n# two\n2\n# end\n\n]")
  end)

  it("indents as it is told", function()
    becomes("a = [\n    [\n        1,\n    ],\n]\n", "a = [[1,\n],]", { indent = 4 })
    becomes("a = [\n1,\n]\n", "a = [1,\n]", { indent = 0 })
  end)

  it("aligns lines that follow each other when it is told to", function()
    becomes("a    = 1  # x\nlong = 22 # y\n\nb = 1 # z\n",
      "a=1 # x\nlong=22 # y\n\nb=1 # z", { align = true })
    becomes("a = 1 # x\nb = 22 # y\n", "a=1 # x\nb=22   # y")
    becomes("a  = 1\nbb = [\n  1,   # x\n  222, # y\n]\n", "a=1\nbb=[1, # x\n222, # y\n]",
      { align = true })
  end)

  it("has no say in lines between fmt off and fmt on", function()
    local text = "a = 1\n# clnrm: fmt off\n  b=1\n\n\n   # x   \n# clnrm: fmt on\nc = 2\n"
    becomes(text, (text:gsub("a = 1", " a=1"):gsub("c = 2", "c=2")))
    becomes("# clnrm: fmt off\n  b=1", "# clnrm: fmt off\n  b=1")
    local inside = "  a=[\n1, # clnrm: fmt off\n 2]\n"
    becomes(inside .. "b = 1\n", inside .. "b=1")
    local behind = "  a=[\n 1]   # clnrm: fmt off\n"
    becomes(behind .. "b = 1\n", behind .. "b=1")
    becomes("[ t ]  # clnrm: fmt off\nb = 1\n", "[ t ]  # clnrm: fmt off\nb=1")
    becomes("# clnrm: fmt offer\nb = 1\n", "# clnrm: fmt offer\nb=1")
  end)

  it("formats a range of statements alone", function()
    local text = "a=1\n\n\n\nb=[1,\n2,\n]\nc=3\n"
    local at = text:find("2,", 1, true)
    assert.equal("a=1\n\n\n\nb = [\n  1,\n  2,\n]\nc=3\n",
      formatted(text, { from = at - 1, to = at }))
    assert.equal("a = 1\n\n\n\nb=[1,\n2,\n]\nc=3\n", formatted(text, { from = 0, to = 1 }))
  end)

  it("aligns a range with the lines that share columns with it", function()
    local text = "\xef\xbb\xbfa     = 1\nlonger = [\n  1,   # x\n  222, # y\n]\nb      = 2 # y\n\n"
      .. "[t]\n# z\nc  = 3  # z\ndd = 44 # z\nx = 5\n"
    local whole = formatted(text, { align = true })
    for from = 0, #whole - 1 do
      assert.equal(whole, toml.format(whole, { align = true, from = from, to = from + 1 }))
    end
    local rough = "a=1\nbb=2\n\nc=3\nddd=4\n# x\ne=5"
    local at = rough:find("c", 1, true)
    assert.equal("a=1\nbb=2\n\nc   = 3\nddd = 4\n# x\ne=5",
      formatted(rough, { align = true, from = at, to = at + 1 }))
    assert.equal("a=1\nbb=2\n\nc=3\nddd=4\n# x\ne = 5\n",
      formatted(rough, { align = true, from = #rough - 1, to = #rough }))
    assert.equal("a=1\nbb=2\n\nc = 3\nddd=4\n# x\ne=5",
      formatted(rough, { from = at - 1, to = at }))
  end)

  it("reads keys that are given twice, however often, when it is loose", function()
    local text = ("a=1\n"):rep(300) .. ("[t]\nb=1\n[[t]]\n"):rep(150)
    local want = ("a = 1\n"):rep(300) .. ("[t]\nb = 1\n[[t]]\n"):rep(150)
    assert.equal(want, toml.format(text, { loose = true }))
    assert.is_true(toml.same(text, want, { loose = true }))
    assert.is_false(toml.same(text, want .. "c = 1\n", { loose = true }))
  end)

  it("refuses what is no TOML, with all problems, and what is misspelt", function()
    local made, problems = toml.format("a = [\nb = 1 2\n", { source = "x.toml" })
    assert.is_nil(made)
    assert.equal("ESYNTAX", problems.code)
    assert.equal("x.toml", problems.pos.file)
    assert.is_true(#problems >= 2)
    assert.is_nil((toml.format("a = 1\na = 2\n")))
    assert.equal("a = 1\na = 2\n", toml.format("a=1\na=2\n", { loose = true }))
    assert.has_error(function() toml.format("", { widht = 1 }) end)
    assert.has_error(function() toml.format("", { width = 0 }) end)
    assert.has_error(function() toml.format("", { indent = 17 }) end)
  end)

  it("joins no array whose text has tags", function()
    assert.equal("a = [\n  1,\n  2,\n]\n", toml.format("a=[1,\n2]", { keep_lines = true }))
  end)
end)

describe("core.toml.format with a mark", function()
  it("puts no comma behind a string or among comments that begin with it", function()
    local long = { mark = "%%", width = 10 }
    assert.equal('a = [\n  1000,\n  "%%x"\n]\n', toml.format('a=[1000,"%%x"]', long))
    assert.equal('a = [\n  1000,\n  "%%x",\n]\n', toml.format('a=[1000,"%%x",]', long))
    assert.equal('a = [\n  1000,\n  "%x",\n]\n', toml.format('a=[1000,"%x"]', long))
    assert.equal("a = [\n  1\n  #%%\n]\n", toml.format("a=[1\n#%%\n]", long))
    assert.equal("a = [\n  1,\n  #%\n]\n", toml.format("a=[1\n#%\n]", long))
    assert.equal('a = [\n  [\n    "%%x"\n  ],\n  1000,\n]\n', toml.format('a=[["%%x"\n],1000]',
      { mark = "%%", width = 10, keep_lines = true }))
  end)
end)

describe("core.toml.same", function()
  it("tells what differs", function()
    assert.same({ true }, { toml.same("a=1", "a = 1\n") })
    assert.same({ false, "values" }, { toml.same("a=1", "a=2") })
    assert.same({ false, "tokens" }, { toml.same("a=1 # c", "a=1") })
    assert.same({ false, "syntax" }, { toml.same("a=1", "a=") })
    assert.same({ true }, { toml.same("a=1\na=2", "a = 1\na = 2", { loose = true }) })
    assert.same({ false, "tokens" },
      { toml.same("a=[1 #\n,2]", "a=[1, #\n2]", { commas = true }) })
  end)
end)

describe("core.toml.tokens", function()
  it("accounts for every byte, in order", function()
    local text = "\xef\xbb\xbf[a]#c\r\nb . 'c'=[ 1,{}]\n[[d]]"
    local kinds, offsets, problems = toml.tokens(text)
    assert.is_nil(problems)
    assert.equal("bom header key header comment newline key space dot space key equals array space "
      .. "atom comma table table array newline headers key headers end", table.concat(kinds, " "))
    local pieces = {}
    for i = 1, #kinds - 1 do
      pieces[i] = text:sub(offsets[i] + 1, offsets[i + 1])
      assert.is_true(#pieces[i] > 0)
    end
    assert.equal(text, table.concat(pieces))
    assert.equal(#text, offsets[#kinds])
  end)

  it("are there for a text with errors, too, with the errors", function()
    local kinds, _, problems = toml.tokens("a = = 1\nb = 2\n")
    assert.equal("junk", kinds[5])
    assert.equal("P026", problems[1].code)
  end)
end)
