local uri = require("engine.lsp.uri")

describe("engine.lsp.uri", function()
  it("comes back to the path", function()
    for _, path in ipairs({ "/", "/a b/ü%/#?.toml", "/~x/a-b_c.d", "/a/\n" }) do
      assert.equal(path, uri.path(uri.of_path(path)))
    end
    assert.equal("file:///a%20b", uri.of_path("/a b"))
  end)

  it("reads what clients write", function()
    assert.equal("/a/b", uri.path("file://localhost/a/b?x#y"))
    assert.equal("/a:b", uri.path("file:///a%3ab"))
    assert.equal("/etc/x", uri.path("file:///a/../../etc/./x"))
    for _, other in ipairs({ "untitled:a", "file://host/a", "file:a", "", "file:///a%00b" }) do
      assert.is_nil(uri.path(other), other)
    end
  end)
end)
