"""The headers of a library as files, for a test that runs the compiler itself."""

def _headers_of_impl(ctx):
    headers = ctx.attr.library[CcInfo].compilation_context.headers
    return [DefaultInfo(files = headers, runfiles = ctx.runfiles(transitive_files = headers))]

headers_of = rule(
    doc = "All headers that a user of `library` may include, those of its dependencies too.",
    implementation = _headers_of_impl,
    attrs = {"library": attr.label(mandatory = True, providers = [CcInfo])},
)
