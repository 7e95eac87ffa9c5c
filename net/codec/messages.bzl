"""rehearse_messages: plain C++ structs, and their way over the wire, from FlatBuffers schemas.

    load("@rehearse//net/codec:messages.bzl", "rehearse_messages")

    rehearse_messages(
        name = "counter_messages",
        srcs = ["counter.fbs"],
    )

makes a cc_library with the header "<package>/counter.h".
"""

load("//tools:headers.bzl", "prefixed_headers")

def _message_code_impl(ctx):
    schema = ctx.file.src
    bfbs = ctx.actions.declare_file(ctx.label.name + "/" + schema.basename[:-len(".fbs")] + ".bfbs")
    ctx.actions.run(
        mnemonic = "MessageSchema",
        progress_message = "Reading message schema %s" % schema.short_path,
        executable = ctx.executable._flatc,
        arguments = ["-b", "--schema", "--bfbs-comments", "--bfbs-filenames", ".", "-o", bfbs.dirname, schema.path],
        inputs = [schema],
        outputs = [bfbs],
    )
    ctx.actions.run(
        mnemonic = "MessageCode",
        progress_message = "Generating message structs of %s" % schema.short_path,
        executable = ctx.executable._generator,
        arguments = [schema.path, bfbs.path, ctx.attr.include_path, ctx.outputs.header.path, ctx.outputs.source.path] +
                    [lock.path for lock in ctx.files.lock],
        inputs = [schema, bfbs] + ctx.files.lock,
        outputs = [ctx.outputs.header, ctx.outputs.source],
    )
    return [DefaultInfo(files = depset([ctx.outputs.header, ctx.outputs.source]))]

_message_code = rule(
    implementation = _message_code_impl,
    attrs = {
        "src": attr.label(allow_single_file = [".fbs"], mandatory = True),
        "include_path": attr.string(mandatory = True),
        "lock": attr.label(allow_single_file = True),
        "header": attr.output(mandatory = True),
        "source": attr.output(mandatory = True),
        "_flatc": attr.label(default = Label("@flatbuffers//:flatc"), executable = True, cfg = "host"),
        "_generator": attr.label(default = Label("//net/codec/generator"), executable = True, cfg = "host"),
    },
)

# Spelled as labels of this file's repository, so that they mean the same from another one.
_DEPS = [
    str(Label("//actor")),
    str(Label("//actor:message_id")),
    str(Label("//net/codec:message_reader")),
    str(Label("//net/codec:message_writer")),
    str(Label("//net/codec:table_view")),
    "@com_google_absl//absl/status:statusor",
    "@com_google_absl//absl/strings",
]

def rehearse_messages(name, srcs, lock = None, include_prefix = None, testonly = False, visibility = None):
    """A cc_library of the messages that schemas declare.

    For each x.fbs there are an x.h and an x.cc. Each table becomes a plain aggregate with
    AppendTo(std::string&), Parse(bytes) and ==; one with (message_id: "a uuid") may be sent between
    nodes, any other is a part of messages. Members are

        numbers, bool         the same, with the schema's default; std::optional if that is null
        enum                  enum class; numbers from newer peers that have no name are kept
        string, [ubyte]       std::string
        [T]                   std::vector<T>
        table                 std::optional<T>, or T if it is (required)
        union                 a std::variant by the union's name, which begins with std::monostate: none,
                              or one of a newer peer that this program does not know
        string (actor_ref: "void(Event), long(Count)")
                              ActorRef<Protocol<void(Event), int64_t(Count)>>, of messages of the same
                              file; std::vector of them for [string]. With attribute "actor_ref"; above.

    A handler may take a net::View<M> (net/codec/view.h) instead of an M, and read it where it lies: for each
    table T there is a class TView with a function for each field.

    Deprecated fields are left out. Unions of what is no table, fixed structs, includes, names that C++ takes and integers
    over 2^63 - 1 (flatc loses them) are refused, with their name. A change is safe if it only adds
    fields at a table's end or marks them deprecated: old and new programs then read each other's
    bytes; so they do if a union or an enum gets more at its end. With a `lock`, a change that is not safe
    does not build, and neither does an id that another message has; see net/codec/generator/lock_check.h. Both compilations need -std=c++20: --cxxopt for your code, --host_cxxopt for the generator.

    Args:
      name: of the cc_library.
      srcs: schema files of this package.
      lock: a committed file with a line for each table, shared by all who talk to each other. A build
        that lacks a line says which.
      include_prefix: goes before the package's path in #include, with a slash.
      testonly, visibility: of the cc_library.
    """
    prefix = native.package_name()
    if include_prefix:
        prefix = include_prefix + "/" + prefix
    headers = []
    sources = []
    for src in srcs:
        if not src.endswith(".fbs") or ":" in src:
            fail("rehearse_messages %s: srcs has \"%s\": give .fbs files of this package" % (name, src))
        stem = src[:-len(".fbs")]
        _message_code(
            name = "%s_%s_code" % (name, stem.replace("/", "_")),
            src = src,
            lock = lock,
            include_path = (prefix + "/" if prefix else "") + stem + ".h",
            header = stem + ".h",
            source = stem + ".cc",
            testonly = testonly,
            visibility = ["//visibility:private"],
        )
        headers.append(stem + ".h")
        sources.append(stem + ".cc")
    if include_prefix:
        prefixed_headers(
            name = name + "_prefixed",
            hdrs = headers,
            prefix = prefix,
            testonly = testonly,
            visibility = ["//visibility:private"],
        )
    native.cc_library(
        name = name,
        srcs = sources,
        hdrs = headers,
        testonly = testonly,
        visibility = visibility,
        deps = _DEPS + ([":%s_prefixed" % name] if include_prefix else []),
    )
