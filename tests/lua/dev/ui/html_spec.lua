--- HTML that cannot be anything but what it was made as.
local html = require("engine.dev.ui.html")

local el = html.el

describe("engine.dev.ui.html", function()
  it("escapes what stands in elements and in attributes", function()
    assert.equal('<p title="&quot;&gt;&lt;b&gt;">&lt;/p&gt;&amp;amp; &lt;script&gt;</p>',
      tostring(el.p({ title = '"><b>', "</p>&amp; <script>" })))
  end)

  it("shows what would act on a terminal or turn the text around", function()
    assert.equal("<p>␛[31m \\u{202e}\\x9b</p>", tostring(el.p({ "\27[31m \u{202e}\x9b" })))
    assert.equal('<p title="a␊b"></p>', tostring(el.p({ title = "a\nb" })))
  end)

  it("puts elements into elements, lists of them, numbers, and nothing", function()
    assert.equal("<ul><li>1</li><li>a<br></li></ul>", tostring(el.ul({
      { el.li({ 1 }), false, el.li({ "a", el.br({}), nil }) }, nil })))
  end)

  it("takes children behind one that is nil", function()
    assert.equal("<p>b</p>", tostring(el.p({ [2] = "b" })))
  end)

  it("writes attributes in one order, and leaves out those that are not", function()
    assert.equal('<input a="1" b checked>',
      tostring(el.input({ checked = true, b = true, a = 1, c = false })))
  end)

  it("takes nothing else for a child", function()
    assert.has_error(function()
      el.p({ print })
    end)
  end)

  it("writes a query of which nothing is anything else", function()
    assert.equal("a%20b%26c%3D%E2%80%BA%25%00%22-._~", html.query("a b&c=›%\0\"-._~"))
  end)

  it("fills a pattern with values that are escaped for where they stand", function()
    local row = html.pattern('<a href=%q>%t</a>%h%h')
    local b = html.el.b({ "bold" })
    assert.equal('<a href="&quot;&lt;é">&lt;i&gt; 5%</a><b>bold</b>',
      tostring(row('"<é', "<i> 5%", b, nil)))
    assert.equal(tostring(html.el.a({ href = "'&\n", "\27[0m" })),
      tostring(row("'&\n", "\27[0m", nil, nil)))
    assert.has_error(function()
      row("", "", "<script>", nil)
    end)
  end)
end)
