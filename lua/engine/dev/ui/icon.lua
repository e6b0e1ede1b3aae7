--- The picture in the browser's tab.
return [[
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
<rect width="16" height="16" rx="3" fill="#1f6feb"/>
<path d="M3.5 8.5l3 3 6-7" fill="none" stroke="#fff" stroke-width="2"/>
</svg>
]]
