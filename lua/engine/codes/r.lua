--- Family R: rendering of templates.  See engine.codes for the form of a page.
---@type engine.codes.Family
return {
  letter = "R",
  title = "Rendering",
  codes = {
    R001 = {
      title = "Templates are not rendered by this build",
      text = [[
A text that holds `{{`, `{%` or `{#` anywhere is a template and must be rendered before it is read
as TOML. This build cannot do that yet, and a template read as it is would test something else than
what its author meant. The file's tests get the verdict `error`.]],
    },
  },
}
