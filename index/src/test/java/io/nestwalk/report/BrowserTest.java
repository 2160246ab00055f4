package io.nestwalk.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.image.Progress;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.Entry;
import io.nestwalk.index.Entry.RuleHitEntry;
import io.nestwalk.index.RealAnalysis;
import io.nestwalk.index.SearchIndex;
import io.nestwalk.yara.YaraAnswer;
import io.nestwalk.yara.YaraException;
import io.nestwalk.yara.YaraRules;
import io.nestwalk.yara.YaraScope;
import io.nestwalk.yara.YaraSearch;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.print.PrintOptions;

/** The HTML report of a real image in a real browser. */
class BrowserTest {

  private static final Path BROWSER = Path.of("/usr/bin/chromium");
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

  /** Selenium warns of DevTools that are not used here; the logger must be held to stay silent. */
  private static final Logger DEV_TOOLS =
      Logger.getLogger("org.openqa.selenium.devtools.CdpVersionFinder");

  @TempDir private static Path folder;
  private static ChromeDriver browser;
  private static boolean rulesFollowed;

  @BeforeAll
  static void open() throws Exception {
    assumeTrue(
        Files.isExecutable(BROWSER) && Files.isExecutable(DRIVER),
        "Chromium and its driver are not installed (apt install chromium chromium-driver)");
    RealAnalysis real = RealAnalysis.get("kvm-npt");
    Path page = folder.resolve("report.html");
    try (AnalysisFolder made = real.indexed(folder.resolve("analysis"))) {
      Files.createDirectories(made.resolve("reports"));
      WalkExamples.make(made, real.machines());
      ImageFacts.make(made, real.image(), real.machines());
      keepRuleHits(made, real);
      try (SearchIndex index = made.index();
          OutputStream out = Files.newOutputStream(page)) {
        Reports.write(new Analysis(made, index), ReportFormat.HTML, Entry.Kind.RUN, out);
      }
    }
    DEV_TOOLS.setLevel(Level.OFF);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(BROWSER.toString());
    options.addArguments(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--force-prefers-reduced-motion",
        "--window-size=1400,1400",
        "--user-data-dir=" + folder.resolve("profile"));
    ChromeDriverService service =
        new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile()).build();
    browser = new ChromeDriver(service, options);
    browser.get(page.toUri().toString());
  }

  /** As `yara --keep` does, where libyara is there; of every hit one place alone is kept. */
  private static void keepRuleHits(AnalysisFolder made, RealAnalysis real) throws Exception {
    String text = "NESTED-MARKER-L2-dcc8b904605361cd-heap";
    String source =
        """
        rule two : marker demo {
          meta: author = "<b>x</b>"
          strings: $a = "%s1" $b = "%s3" condition: $a and $b
        }
        """
            .formatted(text, text);
    YaraScope scope = new YaraScope(true, OptionalInt.empty(), false, false, 60, 100, 1);
    try (YaraRules rules =
        YaraRules.compile("two.yar", source.getBytes(StandardCharsets.US_ASCII))) {
      YaraSearch.Found found =
          new YaraSearch(real.image(), real.machines(), rules, scope, Progress.NONE)
              .run(real.machines().named("vm1"));
      List<Entry> entries =
          found.hits().stream()
              .<Entry>map(
                  hit -> new RuleHitEntry(hit.machine(), YaraAnswer.of(real.image().memory(), hit)))
              .toList();
      ObjectNode facts = Json.object().put("rules", "two.yar");
      facts.putArray("warnings").add("yara: two.yar followed over processes of vm1");
      made.replace(AnalysisFolder.YARA_STAGE, entries, facts);
      rulesFollowed = true;
    } catch (YaraException e) {
      assertThat(e.fault()).isEqualTo(YaraException.Cause.LIBRARY);
    }
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.quit();
    }
  }

  private static WebElement id(String id) {
    return browser.findElement(By.id(id));
  }

  private static List<WebElement> rows(String table) {
    return browser.findElements(By.cssSelector("#" + table + " tbody tr"));
  }

  private static void open(String machine, int pid) {
    browser.executeScript("location.hash = arguments[0]", "#process=" + machine + "/" + pid);
    String title = "Process " + pid + " ";
    for (int i = 0; i < 100 && !id("process-title").getText().startsWith(title); i++) {
      LockSupport.parkNanos(50_000_000);
    }
  }

  @Test
  void theFirstScreenSaysWhatItIsAndWhatWasNotLookedAt() {
    assertThat(id("cards").getText())
        .containsIgnoringWhitespaces("2 machines", "107 processes", "findings", "warnings");
    assertThat(id("summary").getText()).contains("kvm-npt.elf.zst", "host: Linux 6.1.0");
    assertThat(id("finding-list").getText()).isNotBlank();
    assertThat(id("examined").getText()).contains("writable-executable", "vm1");
  }

  @Test
  void machinesFormATree() {
    assertThat(browser.findElements(By.cssSelector("#machine-tree > li"))).hasSize(1);
    assertThat(browser.findElement(By.cssSelector("#machine-tree ul .machine")).getText())
        .contains("vm1", "npt", "0xb89a000", "process 98 of host");
    assertThat(id("virtualization-table").getText()).contains("npt_enabled");
  }

  @Test
  void processesAreFilteredSortedAndOpened() {
    browser
        .findElement(By.cssSelector("#process-table th input[aria-label='filter Root']"))
        .sendKeys("0x4b3c000");
    assertThat(rows("process-table")).hasSize(1);
    rows("process-table").getFirst().click();
    for (int i = 0; i < 100 && !browser.getCurrentUrl().endsWith("#process=vm1/86"); i++) {
      LockSupport.parkNanos(50_000_000);
    }
    open("vm1", 86);
    assertThat(id("process-title").getText()).isEqualTo("Process 86 marker on vm1");
    assertThat(rows("mapping-table")).hasSize(17);
    browser
        .findElement(By.cssSelector("#mapping-table th input[aria-label='filter Perm']"))
        .sendKeys("x");
    assertThat(rows("mapping-table")).hasSize(2);
    browser
        .findElement(By.cssSelector("#mapping-table th input[aria-label='filter Perm']"))
        .sendKeys(Keys.BACK_SPACE);
    id("mapping-table-filter").sendKeys("heap");
    assertThat(rows("mapping-table")).hasSize(1);
    rows("mapping-table").getFirst().click();
    assertThat(id("run-table").getText()).contains("0x1a87e000", "0x1e1d000");
  }

  @Test
  void theWalkIsDrawnWithEveryReference() {
    open("vm1", 86);
    List<WebElement> steps = browser.findElements(By.cssSelector("#walk g.step"));
    assertThat(steps).hasSize(24);
    steps.getLast().click();
    assertThat(id("walk-step").getText()).contains("24 of 24", "npt PT");
    open("host", 85);
    assertThat(browser.findElements(By.cssSelector("#walk g.step"))).hasSize(4);
  }

  @Test
  void aCellOfThePictureTellsItsOwners() {
    // The page of a marker of vm1: 0x4a1d000, in cells of 16 KiB, 128 to a row.
    browser.executeScript(
        """
        const canvas = document.getElementById('physical-canvas');
        canvas.scrollIntoView();
        const box = canvas.getBoundingClientRect();
        const index = Math.floor(0x4a1d000 / 0x4000);
        const rows = canvas.height / 6;
        canvas.dispatchEvent(new MouseEvent('click', {
          clientX: box.left + (index % 128 + 0.5) / 128 * box.width,
          clientY: box.top + (Math.floor(index / 128) + 0.5) / rows * box.height}));
        """);
    assertThat(id("physical-cell").getText())
        .contains("vm1 86 marker", "0x1a87e000", "host 98 vmm");
  }

  @Test
  void theOwnersOfAnAddressAreFound() {
    id("address-box").sendKeys("0x4a1d040", Keys.ENTER);
    assertThat(id("address-answer").getText())
        .contains("vm1 86 marker", "0x1a87e040", "host 98 vmm", "0x1e1d040");
    id("address-box").clear();
    id("address-box").sendKeys("nonsense", Keys.ENTER);
    assertThat(id("address-answer").getText()).contains("An address is");
    id("address-box").clear();
  }

  /** What `yara --keep` has kept of the guest's process: two strings in pages that lie apart. */
  @Test
  void hitsOfRulesAreListedWithTheirPlaces() {
    assumeTrue(rulesFollowed, "libyara9 is not installed");
    assertThat(id("cards").getText()).containsIgnoringWhitespaces("1 hit of YARA rules");
    assertThat(id("rules").getText()).contains("two.yar", "followed over processes of vm1");
    assertThat(rows("rule-table"))
        .extracting(WebElement::getText)
        .satisfiesExactly(
            row ->
                assertThat(row)
                    .contains("two", "marker demo", "86 marker", "$a", "0x1a87f040", "[heap]")
                    .contains("NESTED-MARKER", "author: <b>x</b>"),
            row -> assertThat(row).contains("two", "86 marker", "1 more place"));
    assertThat(id("rules").findElements(By.tagName("b"))).isEmpty();
    browser
        .findElement(By.cssSelector("#rule-table th input[aria-label='filter String']"))
        .sendKeys("$a");
    assertThat(rows("rule-table")).hasSize(1);
    rows("rule-table").getFirst().findElement(By.linkText("0x1a87f040")).click();
    assertThat(id("address-answer").getText()).contains("vm1 86 marker");
  }

  @Test
  void itPrintsOnFewPages() {
    PrintOptions options = new PrintOptions();
    String pdf =
        new String(
            Base64.getDecoder().decode(browser.print(options).getContent()),
            StandardCharsets.ISO_8859_1);
    assertThat(pdf.split("/Type\\s*/Page[^s]", -1).length - 1).isBetween(2, 6);
  }

  @Test
  void provenanceSaysWhereItComesFrom() {
    assertThat(id("provenance-facts").getText()).contains("kvm-npt.elf.zst", "pages surveyed");
    assertThat(id("module-table").getText()).contains("kvm_amd");
    assertThat(id("log-table").getText()).contains("Linux version");
  }

  @Test
  void theScriptHasNoFaults() {
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
        .filteredOn(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
        .isEmpty();
  }
}
