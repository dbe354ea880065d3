/// Lets readers sort the tables of class `sortable` by a click on a heading. Without scripts the page is whole as well, but
/// for that: the buttons are made here.
let tableSorting: HTML = """
    <script>
    for (const table of document.querySelectorAll("table.sortable")) {
      const body = table.tBodies[0], headings = [...table.tHead.rows[0].cells];
      headings.forEach((heading, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.append(...heading.childNodes);
        heading.append(button);
        const key = row => {
          const text = row.cells[column].textContent.replaceAll(",", "");
          return column > 0 && text === "–" ? -1 : column > 0 ? parseFloat(text) : text;
        };
        const collator = new Intl.Collator("en", {numeric: true});
        button.addEventListener("click", () => {
          const rises = heading.ariaSort ? heading.ariaSort === "descending" : column === 0;
          const compare = (a, b) => column > 0 ? key(a) - key(b) : collator.compare(key(a), key(b));
          for (const other of headings) other.removeAttribute("aria-sort");
          heading.setAttribute("aria-sort", rises ? "ascending" : "descending");
          body.append(...[...body.rows].sort((a, b) => rises ? compare(a, b) : compare(b, a)));
        });
      });
    }
    </script>

    """
